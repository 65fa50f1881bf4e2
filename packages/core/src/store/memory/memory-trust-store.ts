import { StoreError } from '../../errors/index.js';
import { sortByCodePoint } from '../../wire/index.js';
import { linkHash, TRAIL_START } from '../contract/link-hash.js';
import { answerRead, type ReadRequest, type ReadResult } from '../contract/read-request.js';
import type { StoreWrite } from '../contract/store-write.js';
import type {
  Intent,
  LedgerEntry,
  Revocation,
  StoredAuthority,
  StoredChain,
  TrailEntry,
  TrailHead,
} from '../contract/stored-records.js';
import { type DelegationFilter, type StoreEvent, TrustStore } from '../contract/trust-store.js';
import type { DumpLine, ImportReport } from '../dump/dump-kinds.js';
import { dumpNotImportable, storeNotEmpty } from '../dump/dump-refusals.js';
import { countImports, readDump } from '../dump/read-dump.js';
import { type DumpRow, writeDump } from '../dump/write-dump.js';
import { toRecord, toRow } from './memory-dump.js';

/** Everything in this process's memory; for tests, examples and work that need not outlive the process. */
export class MemoryTrustStore extends TrustStore {
  /** A class that extends this one may throw what it likes, so it is not taken at this one's word. */
  override readonly throwsCodedErrors: boolean = this.constructor === MemoryTrustStore;
  readonly #chains = new Map<string, StoredChain>();
  /** What a dump says of a chain, and this store has no other use for. */
  readonly #chainFacts = new Map<string, ChainFacts>();
  readonly #authorities = new Map<string, StoredAuthority>();
  readonly #delegations = new Map<string, LedgerEntry>();
  /** Only what an import brings; nothing is archived here. Their ids stay taken. */
  readonly #archived = new Map<string, LedgerEntry>();
  readonly #delegationsByTask = new Map<string, string[]>();
  readonly #delegationsByRun = new Map<string, string[]>();
  readonly #trails = new Map<string, TrailEntry[]>();
  readonly #intents = new Map<string, Intent>();
  readonly #revocations = new Map<string, Revocation>();
  readonly #listeners = new Set<(event: StoreEvent) => void>();
  #version = 0;

  async read(request: ReadRequest): Promise<ReadResult> {
    return answerRead(request, {
      chain: (id) => this.#chains.get(id),
      authority: (id) => this.#authorities.get(id),
      delegation: (id) => this.#delegations.get(id),
      revocation: (kind, id) => this.#revocations.get(`${kind}:${id}`),
    });
  }

  async listChains({ afterAgentId = '', limit = 100 } = {}): Promise<StoredChain[]> {
    const ids = [...this.#chains.keys()].filter((id) => id > afterAgentId).sort();
    return ids.slice(0, limit).map((id) => this.#chains.get(id) as StoredChain);
  }

  async findDelegations(filter: DelegationFilter): Promise<LedgerEntry[]> {
    const criteria = Object.entries(filter).filter(([, wanted]) => wanted !== undefined);
    return this.candidates(filter).filter((entry) =>
      criteria.every(([field, wanted]) => entry[field as keyof DelegationFilter] === wanted),
    );
  }

  async trailHead(trailId: string): Promise<TrailHead | undefined> {
    return this.#trails.get(trailId)?.at(-1);
  }

  async readTrail(trailId: string, { afterSequence = 0, limit = Infinity } = {}): Promise<TrailEntry[]> {
    return (this.#trails.get(trailId) ?? []).slice(afterSequence, afterSequence + limit);
  }

  async openIntents({ trailId }: { trailId?: string } = {}): Promise<Intent[]> {
    return [...this.#intents.values()].filter(
      (intent) => trailId === undefined || intent.trailId === trailId,
    );
  }

  async commit(writes: readonly StoreWrite[]): Promise<void> {
    // Everything is checked before anything is applied; with one thread that makes the batch atomic.
    const batch = new Batch();
    const placed = writes.map((write) => this.check(write, batch));
    for (const write of placed) this.apply(write);
    for (const write of placed) this.announce(write);
  }

  watch(listener: (event: StoreEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Everything in the store at this moment, as lines of JSON that any other store takes in, each with its line feed.
   * The last line holds the digest of all others.
   */
  exportJsonLines(): AsyncGenerator<string, void, undefined> {
    return writeDump(this.rows());
  }

  /**
   * Takes in what any store's `exportJsonLines` gave, whole or not at all. The store must be empty.
   *
   * @throws MalformedRecordError if it is no export, or not as it was written; StoreError `STORE_CONFLICT` if the
   * store is not empty.
   */
  async importJsonLines(lines: Iterable<string> | AsyncIterable<string>): Promise<ImportReport> {
    const copy = new MemoryTrustStore();
    const { count, report } = countImports();
    for await (const line of readDump(lines)) {
      try {
        copy.take(line);
      } catch (error) {
        throw dumpNotImportable('every id once', error);
      }
      count(line.type);
    }
    if (this.rows().length > 0) throw storeNotEmpty('records in it');
    this.adopt(copy);
    return report;
  }

  private rows(): DumpRow[] {
    const rows = (type: DumpRow['type'], records: Iterable<object>): DumpRow[] =>
      [...records].map((record) => toRow(type, record));
    const chains = inOrder(this.#chains).map((chain) => ({
      ...chain,
      ...this.#chainFacts.get(chain.agentId),
    }));
    return [
      ...rows('authority', inOrder(this.#authorities)),
      ...rows('chain', chains),
      ...rows('delegation', this.#delegations.values()),
      ...rows('archived_delegation', this.#archived.values()),
      ...inOrder(this.#trails).flatMap((trail) => rows('anchor', trail)),
      ...rows('intent', this.#intents.values()),
      ...rows('revocation', this.#revocations.values()),
    ];
  }

  /** Stores a line of a dump as it is. @throws StoreError if something of its id is there. */
  private take(line: DumpLine): void {
    const record = toRecord<never>(line);
    switch (line.type) {
      case 'authority':
        return this.applyChecked({
          op: 'put_authority',
          ...(record as object),
          ifVersion: null,
        } as StoreWrite);
      case 'chain': {
        const { active, endedAt, ...chain } = record as { active: boolean; endedAt: string | null };
        this.applyChecked({ op: 'put_chain', ...chain, ifVersion: null } as never);
        const { agentId } = record as StoredChain;
        if (!active) this.apply({ op: 'deactivate_chain', agentId, at: endedAt as string });
        return;
      }
      case 'delegation': {
        const { endedAt: _, ...entry } = record as LedgerEntry & { endedAt: string | null };
        return this.applyChecked({ op: 'add_delegation', entry });
      }
      case 'archived_delegation': {
        const { endedAt: _, ...entry } = record as LedgerEntry & { endedAt: string | null };
        this.check({ op: 'add_delegation', entry }, new Batch());
        this.#archived.set(entry.delegationId, entry);
        return;
      }
      case 'anchor':
        return this.applyChecked({ op: 'append_anchor', entry: record });
      case 'intent':
        return this.applyChecked({ op: 'open_intent', intent: record });
      case 'revocation': {
        // Not as a revocation made now: the ledger comes as that left it.
        const { kind, subjectId } = record as Revocation;
        expectNew(`revocation of ${kind} ${subjectId}`, this.#revocations.has(`${kind}:${subjectId}`));
        this.#revocations.set(`${kind}:${subjectId}`, record);
        return;
      }
    }
  }

  private applyChecked(write: StoreWrite): void {
    this.apply(this.check(write, new Batch()));
  }

  private adopt(other: MemoryTrustStore): void {
    const moved: readonly (readonly [Map<string, unknown>, Map<string, unknown>])[] = [
      [this.#chains, other.#chains],
      [this.#chainFacts, other.#chainFacts],
      [this.#authorities, other.#authorities],
      [this.#delegations, other.#delegations],
      [this.#archived, other.#archived],
      [this.#delegationsByTask, other.#delegationsByTask],
      [this.#delegationsByRun, other.#delegationsByRun],
      [this.#trails, other.#trails],
      [this.#intents, other.#intents],
      [this.#revocations, other.#revocations],
    ];
    for (const [to, from] of moved) for (const [key, value] of from) to.set(key, value);
    this.#version = other.#version;
    for (const agentId of this.#chains.keys()) this.tell({ type: 'chain_changed', agentId });
    for (const revocation of this.#revocations.values()) this.tell({ type: 'revoked', revocation });
  }

  private candidates({ runId, taskId }: DelegationFilter): LedgerEntry[] {
    const ids = runId
      ? this.#delegationsByRun.get(runId)
      : taskId
        ? this.#delegationsByTask.get(taskId)
        : undefined;
    if (runId || taskId) return [...(ids ?? [])].map((id) => this.#delegations.get(id) as LedgerEntry);
    return [...this.#delegations.values()];
  }

  /** Refuses a write that cannot follow what is stored and what the batch has before it; gives an anchor its place. */
  private check(write: StoreWrite, batch: Batch): StoreWrite {
    switch (write.op) {
      case 'put_authority': {
        const what = `authority ${write.authorityId}`;
        batch.touch(what);
        expectVersion(what, this.#authorities.get(write.authorityId), write.ifVersion);
        return write;
      }
      case 'put_chain': {
        const what = `chain of ${write.agentId}`;
        batch.touch(what);
        const current = this.#chains.get(write.agentId);
        expectVersion(what, current?.active ? current : undefined, write.ifVersion);
        return write;
      }
      case 'add_delegation': {
        const what = `delegation ${write.entry.delegationId}`;
        batch.touch(what);
        const { delegationId } = write.entry;
        expectNew(what, this.#delegations.has(delegationId) || this.#archived.has(delegationId));
        return write;
      }
      case 'open_intent': {
        const what = `intent ${write.intent.invocationId}`;
        batch.touch(what);
        expectNew(what, this.#intents.has(write.intent.invocationId));
        batch.opened.add(write.intent.invocationId);
        return write;
      }
      case 'append_anchor': {
        const { entry } = write;
        expectToFollow(entry, batch.heads.get(entry.trailId) ?? this.#trails.get(entry.trailId)?.at(-1));
        batch.heads.set(entry.trailId, entry);
        this.checkClosing(write.closesIntent, batch);
        return write;
      }
      case 'append_shared': {
        const { trailId, anchorId, agentId, text, closesIntent } = write;
        const head = batch.heads.get(trailId) ?? this.#trails.get(trailId)?.at(-1);
        const previousHash = head?.hash ?? TRAIL_START;
        const sequence = (head?.sequence ?? 0) + 1;
        const hash = linkHash(previousHash, text);
        const entry = { trailId, sequence, previousHash, hash, anchorId, agentId, text };
        batch.heads.set(trailId, entry);
        this.checkClosing(closesIntent, batch);
        return { op: 'append_anchor', entry, ...(closesIntent !== undefined && { closesIntent }) };
      }
      default:
        return write;
    }
  }

  private checkClosing(invocationId: string | undefined, batch: Batch): void {
    if (invocationId === undefined) return;
    const isOpen = this.#intents.has(invocationId) || batch.opened.has(invocationId);
    if (!isOpen || batch.closed.has(invocationId)) throw notOpen(invocationId);
    batch.closed.add(invocationId);
  }

  private apply(write: StoreWrite): void {
    switch (write.op) {
      case 'put_authority':
        this.#authorities.set(write.authorityId, { ...write, version: this.nextVersion() });
        return;
      case 'put_chain': {
        const { agentId, text } = write;
        this.#chains.set(agentId, { agentId, text, version: this.nextVersion(), active: true });
        const { authorityId, expiresAt } = write;
        this.#chainFacts.set(agentId, { authorityId, expiresAt, endedAt: null });
        return;
      }
      case 'deactivate_chain': {
        const chain = this.#chains.get(write.agentId);
        if (!chain) return;
        this.#chains.set(write.agentId, { ...chain, active: false, version: this.nextVersion() });
        const facts = this.#chainFacts.get(write.agentId) as ChainFacts;
        this.#chainFacts.set(write.agentId, { ...facts, endedAt: write.at });
        return;
      }
      case 'add_delegation':
        return this.addDelegation(write.entry);
      case 'close_delegations':
        return this.endDelegations(write, 'closed');
      case 'revoke': {
        const { kind, subjectId } = write.revocation;
        this.#revocations.set(`${kind}:${subjectId}`, write.revocation);
        if (kind === 'delegation') this.setStatus(subjectId, 'revoked');
        if (kind === 'human') this.endDelegations({ humanId: subjectId }, 'revoked');
        return;
      }
      case 'open_intent':
        this.#intents.set(write.intent.invocationId, write.intent);
        return;
      case 'append_anchor':
        return this.append(write.entry, write.closesIntent);
      case 'append_shared':
        return;
    }
  }

  private announce(write: StoreWrite): void {
    const event: StoreEvent | undefined =
      write.op === 'revoke'
        ? { type: 'revoked', revocation: write.revocation }
        : write.op === 'put_chain' || write.op === 'deactivate_chain'
          ? { type: 'chain_changed', agentId: write.agentId }
          : undefined;
    if (event) this.tell(event);
  }

  private tell(event: StoreEvent): void {
    for (const listener of this.#listeners) {
      try {
        listener(event);
      } catch {
        // What is written is written; a listener's trouble is its own.
      }
    }
  }

  private addDelegation(entry: LedgerEntry): void {
    this.#delegations.set(entry.delegationId, entry);
    addTo(this.#delegationsByTask, entry.taskId, entry.delegationId);
    if (entry.runId !== null) addTo(this.#delegationsByRun, entry.runId, entry.delegationId);
  }

  private endDelegations(filter: DelegationFilter, status: 'closed' | 'revoked'): void {
    const { runId, taskId, delegatorId, humanId } = filter;
    if (runId === undefined && taskId === undefined && humanId === undefined) return;
    for (const entry of this.candidates(filter)) {
      if (runId !== undefined && entry.runId !== runId) continue;
      // Those of a run end with it, not with the task that it names.
      if (taskId !== undefined && (entry.taskId !== taskId || entry.runId !== null)) continue;
      if (delegatorId !== undefined && entry.delegatorId !== delegatorId) continue;
      if (humanId !== undefined && entry.humanId !== humanId) continue;
      if (entry.status === 'in_force') this.setStatus(entry.delegationId, status);
    }
  }

  private setStatus(delegationId: string, status: 'closed' | 'revoked'): void {
    const entry = this.#delegations.get(delegationId);
    if (entry) this.#delegations.set(delegationId, { ...entry, status });
  }

  private append(entry: TrailEntry, closesIntent: string | undefined): void {
    const trail = this.#trails.get(entry.trailId);
    if (trail) trail.push(entry);
    else this.#trails.set(entry.trailId, [entry]);
    if (closesIntent !== undefined) this.#intents.delete(closesIntent);
  }

  private nextVersion(): string {
    this.#version += 1;
    return String(this.#version);
  }
}

interface ChainFacts {
  readonly authorityId: string | null;
  readonly expiresAt: string | null;
  readonly endedAt: string | null;
}

/** What a batch has done so far, for the writes that come after in it. */
class Batch {
  readonly heads = new Map<string, TrailHead>();
  readonly opened = new Set<string>();
  readonly closed = new Set<string>();
  #touched: Set<string> | undefined;

  /** @throws StoreError `STORE_CONFLICT` for a second change of the same thing. */
  touch(what: string): void {
    this.#touched ??= new Set();
    if (this.#touched.has(what)) {
      throw new StoreError('STORE_CONFLICT', `The ${what} is changed twice in one batch`, {
        remedy: 'Write each thing once.',
      });
    }
    this.#touched.add(what);
  }
}

/** By their keys, as a database orders them. */
const inOrder = <T>(map: ReadonlyMap<string, T>): T[] =>
  sortByCodePoint([...map.keys()]).map((key) => map.get(key) as T);

function addTo(index: Map<string, string[]>, key: string, value: string): void {
  const values = index.get(key);
  if (values) values.push(value);
  else index.set(key, [value]);
}

function expectVersion(
  what: string,
  current: { version: string } | undefined,
  ifVersion: string | null,
): void {
  if ((current?.version ?? null) === ifVersion) return;
  throw new StoreError('STORE_CONFLICT', `The ${what} was changed by somebody else`, {
    expected: ifVersion === null ? 'none' : `version ${ifVersion}`,
    received: current ? `version ${current.version}` : 'none',
    remedy: 'Read it again and repeat the change.',
  });
}

function expectNew(what: string, exists: boolean): void {
  if (!exists) return;
  throw new StoreError('STORE_CONFLICT', `The ${what} exists already`, {
    remedy: 'Use an id of its own for each.',
  });
}

const notOpen = (invocationId: string): StoreError =>
  new StoreError('STORE_CONFLICT', `The intent ${invocationId} is not open`, {
    expected: 'an intent that was stored and has no outcome yet',
    received: 'none',
    remedy: 'Read the trail: somebody else, such as recover(), has recorded the outcome.',
  });

function expectToFollow(entry: TrailEntry, head: TrailHead | undefined): void {
  const sequence = (head?.sequence ?? 0) + 1;
  const previousHash = head?.hash ?? TRAIL_START;
  if (entry.sequence === sequence && entry.previousHash === previousHash) return;
  throw new StoreError('TRAIL_FORK', `Trail ${entry.trailId} cannot take entry ${entry.sequence}`, {
    expected: `entry ${sequence} after ${previousHash.slice(0, 12)}…`,
    received: `entry ${entry.sequence} after ${entry.previousHash.slice(0, 12)}…`,
    remedy: "A run's trail has one writer; somebody else wrote to it. Start a run of its own.",
    evidence: { trailId: entry.trailId },
  });
}
