import { durableRunEntry, runEntryOf, type StoreWrite } from '@kaizen-eatp/core/store';

/** A batch as it goes to the server. */
export interface EncodedBatch {
  /** For `apply_batch`. */
  json(): string;
  /** About how long {@link json} is. */
  readonly size: number;
  /** The names of the locks to take before any of it is applied. */
  readonly locks: readonly string[];
  /** The write, if it is only one; the writes of every step have a shorter way. */
  readonly only: StoreWrite | undefined;
}

/** The feed of changes, whose numbers must become visible in their order. */
const FEED = 'changes';

export function encodeBatch(writes: readonly StoreWrite[]): EncodedBatch {
  const locks: string[] = [];
  let size = 2;
  const flat = writes.map((write) => {
    for (const lock of locksFor(write)) locks.push(lock);
    const fields = flatten(write);
    for (const [name, value] of Object.entries(fields)) {
      if (typeof value === 'string') size += name.length + value.length;
    }
    if (write.op === 'record_steps') {
      for (const { print, outcome } of write.steps) size += print.length + outcome.length + 50;
    }
    return fields;
  });
  return {
    json: () => JSON.stringify(flat),
    size,
    locks,
    only: writes.length === 1 ? writes[0] : undefined,
  };
}

function flatten(write: StoreWrite): object {
  switch (write.op) {
    case 'add_delegation':
      return { op: write.op, ...write.entry };
    case 'add_run':
      return { op: write.op, ...write.run, noted: durableRunEntry(write.run) };
    case 'append_statement':
      return { op: write.op, ...write.entry };
    case 'open_intent':
      return { op: write.op, ...write.intent };
    case 'revoke':
      return { op: write.op, ...write.revocation };
    case 'put_disclosure':
      return { op: write.op, ...write.disclosure };
    case 'append_anchor': {
      const { op, entry, closesIntent } = write;
      return { op, ...entry, closesIntent, noted: runEntryOf(entry.trailId, entry.agentId, entry.text) };
    }
    default:
      return write;
  }
}

function locksFor(write: StoreWrite): readonly string[] {
  switch (write.op) {
    // Two at a time would wait for each other's writes to the table of intents.
    case 'retire_owner':
      return ['owners'];
    case 'put_authority':
      return [`authority:${write.authorityId}`];
    // Only the holder of the feed's lock writes chains, revocations and statements, so that lock stands for theirs too.
    case 'put_chain':
    case 'deactivate_chain':
    case 'revoke':
    case 'append_statement':
      return [FEED];
    default:
      return [];
  }
}
