import type { InvocationContext, InvocationProof } from '@kaizen-eatp/core';
import { BridgeError } from '../errors.js';

/** Values of more bytes than this are written, read and sent in separate turns of the event loop. */
export const LARGE_VALUE = 2 ** 18;

/** The fields that travel with a call, besides its input. */
export interface CallFacts {
  readonly proof?: InvocationProof;
  readonly trace?: { readonly traceparent: string; readonly tracestate?: string };
  readonly deadline_ms?: number;
  /** Which attempt it is, if it is not the first. */
  readonly attempt?: number;
  /** The same in every attempt, where it is not the id of the invocation. */
  readonly idempotency_key?: string;
}

/** A call that is to be made. */
export interface OutgoingCall extends CallFacts {
  /** From {@link Worker.nextCall}. */
  readonly number: number;
  readonly agent: string;
  /** Encoded. */
  readonly input: Uint8Array;
  readonly signal?: AbortSignal | undefined;
  onProgress?(value: unknown): void;
  /** The invocation that the call carries out. Its agent acts through this context, for as long as the call lasts. */
  readonly context?: InvocationContext | undefined;
}

/**
 * The fields of INVOKE. Each is named: whatever else code gave the call, in JavaScript or by mistake, stays here.
 */
export function invokeFields(call: OutgoingCall): object {
  const { number, agent, input, proof, trace, deadline_ms, attempt, idempotency_key } = call;
  return {
    call: number,
    agent,
    input,
    ...(proof !== undefined && { proof: proofFields(proof) }),
    ...(trace !== undefined && { trace }),
    ...(deadline_ms !== undefined && { deadline_ms }),
    ...(attempt !== undefined && { attempt }),
    ...(idempotency_key !== undefined && { idempotency_key }),
  };
}

const proofFields = ({ invocation, chains, authorities, bindings, person }: InvocationProof): object => ({
  invocation,
  chains,
  authorities,
  bindings,
  ...(person !== undefined && { person }),
});

/** Returns the error for a call that is larger than a message can be. */
export function sizeProblem(
  { agent, input, proof }: OutgoingCall,
  maxMessage: number,
): BridgeError | undefined {
  const proofSize = proof
    ? [proof.invocation, ...proof.chains, ...proof.authorities, ...proof.bindings, proof.person ?? ''].reduce(
        (sum, text) => sum + text.length + 5,
        0,
      )
    : 0;
  const size = input.length + proofSize + 4_096;
  if (size <= maxMessage) return undefined;
  return new BridgeError('MESSAGE_TOO_LARGE', `The input for agent '${agent}' is too large`, {
    expected: `at most ${maxMessage - proofSize - 4_096} bytes`,
    received: `${input.length} bytes`,
    remedy: 'Pass a reference to the data, or raise `maxMessageBytes` on the bridge.',
    evidence: { agent, bytes: input.length },
  });
}
