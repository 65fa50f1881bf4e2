import { isEatpError } from '@kaizen-eatp/core';
import { DelegationError, PatternContractError } from '@kaizen-eatp/core/errors';
import { definePattern } from '@kaizen-eatp/core/plugin';
import { z } from 'zod';

const options = z.strictObject({
  /** How many drafts one worker makes at most. Default: 3. */
  attempts: z.int().positive().default(3),
  /** The pause before the next worker is asked, in milliseconds. Default: 5. */
  pause: z.int().nonnegative().default(5),
  /** Constraints that are added to every delegation. Default: none. */
  constraints: z.array(z.string()).default([]),
});

interface PatientResult {
  readonly draft: unknown;
  readonly by: string;
  readonly verdict: unknown;
  readonly attempts: number;
  /** False if the leader wanted still another draft when the attempts were used up. */
  readonly accepted: boolean;
  readonly failures: readonly { readonly agent: string; readonly code: string; readonly reason: string }[];
}

/**
 * A fail-over with a loop of drafts: workers stand in line, each gets a delegation when it is its turn, and the leader can ask
 * for another draft. A worker whose own code fails is named in the result, and the next one is asked after a pause.
 */
export const patientFailover = definePattern({
  name: 'patient_failover',
  options,
  async execute(execution): Promise<PatientResult> {
    const { agents, input, options } = execution;
    const [leader, ...workers] = agents;
    if (!leader || workers.length === 0) {
      throw new PatternContractError("Pattern 'patient_failover' has no worker", {
        expected: 'a leader first, and at least one worker',
        received: `${agents.length} agents`,
        remedy: 'Give the runtime more agents.',
      });
    }
    if (execution.maxDelegationDepth < 1) {
      throw new DelegationError(
        'DELEGATION_DEPTH_EXCEEDED',
        "Pattern 'patient_failover' would delegate too deep",
        {
          expected: `at most ${execution.maxDelegationDepth} delegations one under another`,
          received: '1',
          remedy: 'Raise maxDelegationDepth of the TrustOperations. No agent has acted.',
        },
      );
    }
    const failures: { agent: string; code: string; reason: string }[] = [];
    let first: unknown;
    for (const [place, worker] of workers.entries()) {
      if (place > 0) await execution.sleep(options.pause);
      const delegation = await execution.delegate(leader, worker, { constraints: options.constraints });
      let question = input;
      for (let attempt = 1; ; attempt++) {
        let draft: unknown;
        try {
          draft = await execution.invoke(worker, question, { delegation });
        } catch (error) {
          if (execution.signal.aborted || !isEatpError(error, 'AGENT_FAILED')) throw error;
          first ??= error;
          failures.push({ agent: worker.name, code: error.code, reason: error.message });
          break;
        }
        const verdict = await execution.invoke(leader, { question: input, draft, attempt });
        const hint = hintOf(verdict);
        const accepted = hint === undefined;
        if (accepted || attempt >= options.attempts)
          return { draft, by: worker.name, verdict, attempts: attempt, accepted, failures };
        question = { question: input, draft, hint };
      }
    }
    throw first;
  },
});

function hintOf(verdict: unknown): unknown {
  return typeof verdict === 'object' && verdict !== null && 'again' in verdict ? verdict.again : undefined;
}
