import type { ActionResult, AuditAnchor } from '@kaizen-eatp/core';
import { auditAnchorCodec, jsonMember, timestampToMillis } from '@kaizen-eatp/core/records';
import type { TrailEntry } from '@kaizen-eatp/core/store';
import type { OpenStore } from '../session/open-store.js';
import type { Given } from '../spec/given.js';
import { attempt, rowsOf } from './rows.js';

/** A record of a trail, at its place. */
export interface PlacedAnchor {
  /** The trail. */
  readonly trailId: string;
  /** The place in the trail, from 1. */
  readonly sequence: number;
  /** The hash of the entry. */
  readonly hash: string;
  /** The hash of the entry before. */
  readonly previousHash: string;
  /** The signed record, byte for byte. */
  readonly text: string;
  /** The record; undefined if the text is none. */
  readonly anchor: AuditAnchor | undefined;
}

/** Which records are wanted. */
export interface AnchorFilter {
  /** The agent that acted. */
  readonly agent: string | undefined;
  /** The action, or the beginning of actions that ends in `*`. */
  readonly action: string | undefined;
  /** The result. */
  readonly result: ActionResult | undefined;
  /** The resource. */
  readonly resource: string | undefined;
  /** The task. */
  readonly task: string | undefined;
  /** The first moment, in milliseconds since the epoch. */
  readonly since: number | undefined;
  /** The moment before which the record must be. */
  readonly until: number | undefined;
}

/** Reads the filters of a command. @throws CliError `COMMAND_USAGE`. */
export const anchorFilter = (given: Given): AnchorFilter => ({
  agent: given.text('agent'),
  action: given.text('action'),
  result: given.text('result') as ActionResult | undefined,
  resource: given.text('resource'),
  task: given.text('task'),
  since: given.moment('since', Date.now())?.getTime(),
  until: given.moment('until', Date.now())?.getTime(),
});

/** Whether a record is wanted. A text that is no record matches only if nothing in particular is wanted. */
export function isWanted({ anchor }: PlacedAnchor, filter: AnchorFilter): boolean {
  if (!anchor) return Object.values(filter).every((value) => value === undefined);
  const { agent, action, result, resource, task, since, until } = filter;
  const at = timestampToMillis(anchor.timestamp);
  return (
    (agent === undefined || anchor.agentId === agent) &&
    (action === undefined || isAction(anchor.action, action)) &&
    (result === undefined || anchor.result === result) &&
    (resource === undefined || anchor.resource === resource) &&
    (task === undefined || taskOf(anchor) === task) &&
    (since === undefined || at >= since) &&
    (until === undefined || at < until)
  );
}

const isAction = (action: string, wanted: string): boolean =>
  wanted.endsWith('*') ? action.startsWith(wanted.slice(0, -1)) : action === wanted;

/** Reads the records of one trail from a place on, or of all trails, in order. */
export async function* anchorsOf(
  store: OpenStore,
  trailId: string | undefined,
  after = 0,
): AsyncGenerator<PlacedAnchor> {
  if (trailId === undefined) {
    for await (const row of rowsOf(store, 'anchor')) {
      if (Number(row.sequence) <= after) continue;
      yield placed({
        trailId: String(row.trail_id),
        sequence: Number(row.sequence),
        hash: String(row.hash),
        previousHash: String(row.previous_hash),
        text: String(row.text),
      });
    }
    return;
  }
  for (let afterSequence = after; ; ) {
    const page = await store.readTrail(trailId, { afterSequence, limit: 500 });
    for (const entry of page) yield placed(entry);
    const last = page.at(-1);
    if (!last || page.length < 500) return;
    afterSequence = last.sequence;
  }
}

/** Reads the record of an entry. */
export const placed = ({
  trailId,
  sequence,
  hash,
  previousHash,
  text,
}: Pick<TrailEntry, 'trailId' | 'sequence' | 'hash' | 'previousHash' | 'text'>): PlacedAnchor => ({
  trailId,
  sequence,
  hash,
  previousHash,
  text,
  anchor: attempt(() => auditAnchorCodec.decodeText(text)),
});

/** Returns the task that a record belongs to. */
export const taskOf = (anchor: AuditAnchor): string | undefined => textMember(anchor, 'task_id');

/** Returns a string in the signed context of a record. */
export function textMember(anchor: AuditAnchor, name: string): string | undefined {
  const value = jsonMember(anchor.context, name);
  return typeof value === 'string' ? value : undefined;
}

/** Whether a record ends a run. */
export const isEnd = (anchor: AuditAnchor | undefined): boolean =>
  anchor?.action === 'orchestration_complete' || anchor?.action === 'orchestration_failed';
