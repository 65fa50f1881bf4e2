import type { DelegationRecord, HumanOrigin } from '../chain/index.js';
import type { InvocationProof } from '../trust/exchange/invocation-proof.js';

/** What an agent is told about the invocation it is in. */
export interface InvocationContext {
  /** Aborts when the run is cancelled, times out, or the authority behind it is revoked. */
  readonly signal: AbortSignal;
  /** `run/sequence`: the same when the run is repeated. */
  readonly invocationId: string;
  readonly taskId: string;
  /** Absent outside a run. */
  readonly runId?: string;
  readonly agentId: string;
  /** What was verified, and is recorded. */
  readonly action: string;
  /** Until when whoever called waits: milliseconds since the epoch. Absent: for as long as it takes. */
  readonly deadline?: number;
  readonly humanOrigin?: HumanOrigin;
  /** What it was delegated for this invocation; absent for an agent that acts by its own right. */
  readonly delegation?: DelegationRecord;
  /** Tells whoever watches the run how far it is. */
  report(progress: unknown): void;
  /**
   * Proves this invocation to an agent elsewhere. Absent in a run without trust.
   *
   * @param payloadSha256 - hex, of the bytes in which the input travels, so that they cannot be exchanged.
   * @throws VerificationDeniedError if the authority behind it was withdrawn meanwhile.
   */
  prove?(payloadSha256?: string): Promise<InvocationProof>;
}

/** Anything with a `run` can be an agent; further methods let it play the roles of patterns. */
export interface AgentLike {
  run(input: never, context: InvocationContext): unknown;
}

/** A function is an agent too. */
export type AgentFunction = (input: never, context: InvocationContext) => unknown;

/** What can be given as an agent. The methods of its roles may be written out beside `run`. */
export type AgentSource = AgentFunction | AgentLike | (AgentLike & Readonly<Record<string, unknown>>);

export type ToolFunction = (args: never, context: InvocationContext) => unknown;

/** A tool that an agent may use if it holds the capability; default: one of the tool's own name. */
export interface TrustedTool {
  readonly capability?: string;
  readonly run: ToolFunction;
}

/** The methods an agent object has, its prototypes' included. */
export function methodsOf(agent: object): string[] {
  const names = new Set<string>();
  for (
    let at: object | null = agent;
    at && at !== Object.prototype;
    at = Object.getPrototypeOf(at) as object | null
  ) {
    for (const [name, property] of Object.entries(Object.getOwnPropertyDescriptors(at))) {
      if (name !== 'constructor' && typeof property.value === 'function') names.add(name);
    }
  }
  return [...names];
}
