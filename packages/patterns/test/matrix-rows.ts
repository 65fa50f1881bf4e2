import type { ActionResult, ErrorCode } from '@kaizen-eatp/core';
import type { StoreWrite } from '@kaizen-eatp/core/store';
import { fails, hangs, type Script } from '@kaizen-eatp/testing';

/** An event that concerns one agent of a run, and the outcome that it must have. */
export interface MatrixRow {
  readonly name: string;
  /** The victim's script. Default: the victim plays its part. */
  readonly script?: Script;
  /** Default: true. */
  readonly isTrusted?: boolean;
  /** The event that happens while the victim is at work. */
  readonly during?: 'revoke' | 'cancel';
  /** For the run, in milliseconds. Default: none. */
  readonly timeout?: number;
  /** The commit from which on the store fails. Default: never. */
  readonly storeFailsFrom?: (writes: readonly StoreWrite[], victimId: string) => boolean;
  /** How many commits fail from then on. Default: all. */
  readonly storeFailures?: number;
  /** With what the run must fail; undefined if it must succeed. */
  readonly code: ErrorCode | undefined;
  /** Whether a pattern that tolerates the victim's failure succeeds all the same. Default: false. */
  readonly isTolerable?: boolean;
  /** How often the victim may have been called. Default: at least once. */
  readonly calls?: 0;
  /** The result, and the outcome in the context, of the victim's first anchor. Absent: it has none. */
  readonly anchor?: { readonly result: ActionResult; readonly outcome: string };
}

const untilStopped: Script = Array(100).fill(hangs());

export const matrixRows: readonly MatrixRow[] = [
  { name: 'ok', code: undefined, anchor: { result: 'success', outcome: 'success' } },
  {
    name: 'an agent fails',
    script: () => fails('out of paper').play(undefined, undefined as never, 1),
    code: 'AGENT_FAILED',
    isTolerable: true,
    anchor: { result: 'failure', outcome: 'failure' },
  },
  { name: 'an agent is not trusted', isTrusted: false, code: 'AGENT_NOT_TRUSTED', calls: 0 },
  {
    name: 'an agent is revoked in mid-run',
    script: untilStopped,
    during: 'revoke',
    code: 'REVOKED',
    isTolerable: true,
    anchor: { result: 'denied', outcome: 'revoked' },
  },
  {
    name: 'cancel',
    script: untilStopped,
    during: 'cancel',
    code: 'EXECUTION_CANCELLED',
    anchor: { result: 'partial', outcome: 'cancelled' },
  },
  {
    name: 'timeout',
    script: untilStopped,
    timeout: 200,
    code: 'EXECUTION_TIMEOUT',
    anchor: { result: 'partial', outcome: 'timed_out' },
  },
  {
    name: 'the store fails before an agent acts',
    storeFailsFrom: (writes, victimId) =>
      writes.some((write) => write.op === 'open_intent' && write.intent.agentId === victimId),
    code: 'STORE_FAILED',
    // No record, no action.
    calls: 0,
  },
  {
    name: 'the store fails once, when an agent is delegated to',
    storeFailsFrom: (writes, victimId) =>
      writes.some((write) => write.op === 'add_delegation' && write.entry.delegateeId === victimId),
    storeFailures: 1,
    // It is not a failure of the agent, so a pattern that tolerates those must not tolerate this.
    code: 'STORE_FAILED',
    calls: 0,
  },
  {
    name: 'the store fails once, before an agent acts',
    storeFailsFrom: (writes, victimId) =>
      writes.some((write) => write.op === 'open_intent' && write.intent.agentId === victimId),
    storeFailures: 1,
    code: 'STORE_FAILED',
    calls: 0,
  },
  {
    name: 'the store fails after an agent acted',
    storeFailsFrom: (writes, victimId) =>
      writes.some((write) => write.op === 'append_anchor' && write.entry.agentId === victimId),
    code: 'OUTCOME_NOT_RECORDED',
  },
  {
    name: 'the store fails once, after an agent acted',
    storeFailsFrom: (writes, victimId) =>
      writes.some((write) => write.op === 'append_anchor' && write.entry.agentId === victimId),
    storeFailures: 1,
    code: 'OUTCOME_NOT_RECORDED',
  },
];
