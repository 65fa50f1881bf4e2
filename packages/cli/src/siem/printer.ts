import { parseJson, TrustLineageChain } from '@kaizen-eatp/core/records';
import type { TrustStore } from '@kaizen-eatp/core/store';
import { clean } from '../output/clean.js';
import { type PlacedAnchor, textMember } from '../reading/anchors.js';
import { attempt } from '../reading/rows.js';
import { toCef, toOcsf } from './events.js';

/** The form in which records are printed. */
export type RecordFormat = 'text' | 'jsonl' | 'cef' | 'ocsf';

/** Prints records line by line in one form. */
export class RecordPrinter {
  readonly #authorities = new Map<string, Promise<string | undefined>>();

  constructor(
    private readonly store: TrustStore,
    private readonly format: RecordFormat,
  ) {}

  /** Returns the line of a record. */
  async line(placed: PlacedAnchor): Promise<string> {
    const { anchor } = placed;
    if (this.format === 'jsonl') return JSON.stringify(entryJson(placed));
    if (this.format === 'text' || !anchor) return describeEntry(placed);
    const authorityId = textMember(anchor, 'authority_id') ?? (await this.#authorityOf(anchor.agentId));
    return this.format === 'cef' ? toCef(anchor, authorityId) : JSON.stringify(toOcsf(anchor, authorityId));
  }

  #authorityOf(agentId: string): Promise<string | undefined> {
    let found = this.#authorities.get(agentId);
    if (!found) {
      found = this.store
        .readChains([agentId])
        .then(
          ([stored]) => stored && attempt(() => TrustLineageChain.parse(stored.text))?.genesis.authorityId,
        );
      this.#authorities.set(agentId, found);
    }
    return found;
  }
}

/** Returns a record at its place as JSON. */
export function entryJson({ trailId, sequence, hash, previousHash, text, anchor }: PlacedAnchor): object {
  return {
    trail_id: trailId,
    sequence,
    previous_hash: previousHash,
    hash,
    anchor: anchor ? parseJson(text, 'anchor') : text,
  };
}

/** Returns a record in one line for people. */
export function describeEntry({ trailId, sequence, anchor }: PlacedAnchor): string {
  const place = `${trailId} ${String(sequence).padStart(3)}`;
  if (!anchor) return `${clean(place)}  (not a record)`;
  const { timestamp, agentId, action, resource, result } = anchor;
  const why = result === 'success' && !action.startsWith('revoke_') ? '' : reasonOf(anchor.context);
  return `${place}  ${timestamp}  ${result.padEnd(7)}  ${agentId}  ${action}${resource ? ` on ${resource}` : ''}${why}`;
}

/** Returns why an act was denied or failed, or why a right was withdrawn, after a colon; empty if its record does not say. */
export function reasonOf(context: unknown): string {
  const { denial, error, details } = (context ?? {}) as Record<string, unknown>;
  for (const [from, name] of [
    [denial, 'reason'],
    [error, 'message'],
    [details, 'reason'],
    [context, 'reason'],
  ] as const) {
    const reason = typeof from === 'string' ? from : (from as Record<string, unknown> | undefined)?.[name];
    if (typeof reason === 'string') return `: ${reason.length > 120 ? `${reason.slice(0, 117)}…` : reason}`;
  }
  return '';
}
