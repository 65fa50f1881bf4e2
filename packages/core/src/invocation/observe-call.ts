import type { AuditAnchor } from '../chain/index.js';
import { EatpError, RevokedError, VerificationDeniedError } from '../errors/index.js';
import type { Denial } from '../trust/verify/denial.js';
import type { VerificationResult } from '../trust/verify/types.js';
import type { CapturedValue } from '../values/index.js';
import { deepFreeze, timestampToMillis } from '../wire/index.js';
import type { Callable } from './actor.js';
import type { Call } from './lifecycle.js';
import {
  copyOf,
  type ObservedCall,
  type ObservedEnd,
  type ObservedInvocation,
  type ObservedTool,
  type Observers,
} from './observers.js';
import type { Work } from './session-options.js';

const NONE: readonly string[] = Object.freeze([]);

/** Collects what observers learn about the end of a call. */
export class SeenCall {
  readonly #startedAt = performance.now();
  #verifyingSince: number | undefined;
  #verificationMs: number | undefined;
  #unenforced: readonly string[] = [];
  #denial: Denial | undefined;
  #anchorId: string | undefined;
  #output: CapturedValue | undefined;

  /** The verification starts. */
  onVerifying(): void {
    this.#verifyingSince = performance.now();
  }

  /** The outcome is recorded. */
  onRecorded({ id }: AuditAnchor): void {
    this.#anchorId = id;
  }

  /** Receives the verdict that permits the call. */
  onVerdict({ unenforcedConstraints }: VerificationResult): void {
    this.#verified();
    this.#unenforced = unenforcedConstraints;
  }

  /** Receives the recorded denial. */
  onDenied(denial: Denial): void {
    this.#verified();
    this.#denial = deepFreeze(structuredClone(denial));
  }

  /** Receives the output. */
  onOutput(output: CapturedValue): void {
    this.#output = output;
  }

  /** Describes the end of the call. */
  end(settled: object): ObservedEnd {
    // Filled step by step: spreading what is there or not takes several times as long.
    const end: { -readonly [K in keyof ObservedEnd]: ObservedEnd[K] } = {
      outcome: 'success',
      unenforcedConstraints: this.#unenforced.length === 0 ? NONE : Object.freeze([...this.#unenforced]),
      durationMs: performance.now() - this.#startedAt,
      output: copyOf(this.#output),
    };
    if ('error' in settled) Object.assign(end, failureOf(settled.error), revocationOf(settled.error));
    if (this.#denial) end.denial = this.#denial;
    if (this.#anchorId !== undefined) end.anchorId = this.#anchorId;
    if (this.#verificationMs !== undefined) end.verificationMs = this.#verificationMs;
    return Object.freeze(end);
  }

  #verified(): void {
    if (this.#verifyingSince !== undefined) this.#verificationMs = performance.now() - this.#verifyingSince;
  }
}

function revocationOf(error: unknown): Pick<ObservedEnd, 'revokedAt'> {
  const revokedAt = error instanceof RevokedError ? error.evidence.revokedAt : undefined;
  return typeof revokedAt === 'string' ? { revokedAt: timestampToMillis(revokedAt) } : {};
}

/** Returns the outcome, the code and the message of a failure, as observers see them. */
export function failureOf(error: unknown): Pick<ObservedEnd, 'outcome' | 'code' | 'message'> {
  const code = error instanceof EatpError ? error.code : 'AGENT_FAILED';
  const isDenied = error instanceof VerificationDeniedError || code === 'REVOKED';
  const message = error instanceof Error ? error.message : String(error);
  return { outcome: isDenied ? 'denied' : 'failed', code, message };
}

/** Performs a call inside the observers of its runtime. */
export function observeCall<T>(
  observers: Observers,
  at: Pick<ObservedCall, 'runId' | 'taskId'>,
  { actor, action, basis, by, input, within, trace }: Work,
  call: Call,
  perform: (seen: SeenCall) => Promise<T>,
): Promise<T> {
  const seen = new SeenCall();
  const { runId, taskId } = at;
  const facts = factsOf({ runId, taskId, call, agent: actor, action, input });
  const common = {
    ...facts,
    delegationId: basis?.record.id ?? null,
    ...(within && { within: within.id }),
    ...(trace && { trace }),
  };
  const work = (active: Call['trace']): Promise<T> => {
    call.trace = active;
    return perform(seen);
  };
  const end = (settled: object): ObservedEnd => seen.end(settled);
  if ('method' in by) {
    const invocation: ObservedInvocation = Object.freeze({ ...common, method: by.method });
    return observers.around('aroundInvocation', invocation, work, end);
  }
  const { name: tool, effects } = by.tool;
  const observed: ObservedTool = Object.freeze({ ...common, tool, ...(effects && { effects }) });
  return observers.around('aroundTool', observed, work, end);
}

/** Performs a call of a run without trust inside the observers. */
export function observePlainCall(
  observers: Observers,
  of: Parameters<typeof factsOf>[0] & { readonly method: string },
  perform: () => Promise<CapturedValue>,
): Promise<CapturedValue> {
  const seen = new SeenCall();
  const invocation: ObservedInvocation = Object.freeze({
    ...factsOf(of),
    delegationId: null,
    method: of.method,
  });
  const work = async (active: Call['trace']): Promise<CapturedValue> => {
    of.call.trace = active;
    const output = await perform();
    seen.onOutput(output);
    return output;
  };
  return observers.around('aroundInvocation', invocation, work, (settled) => seen.end(settled));
}

function factsOf(of: {
  readonly runId: string | null;
  readonly taskId: string;
  readonly call: Call;
  readonly agent: Callable;
  readonly action: string;
  readonly input: CapturedValue;
}): Omit<ObservedCall, 'delegationId' | 'within' | 'trace'> {
  const { runId, taskId, call, agent, action, input } = of;
  return {
    runId,
    taskId,
    invocationId: call.id,
    agentId: agent.id,
    agentName: agent.name,
    isRemote: agent.isRemote,
    action,
    depth: call.depth,
    input: copyOf(input),
  };
}
