/**
 * The pattern `leased_work`. A dispatcher (the first agent) gives each worker a delegation, which can be short (option `lease`), and merges what they return. A
 * lease that runs out while a worker works is renewed, a few times at most.
 *
 * The fault (trust, revocation): a lease that ran out and a delegation that was revoked end a call with the same code, and the pattern
 * does not tell them apart. When an operator revokes the worker's delegation, it makes a new one at once and calls the worker again.
 * A revoked agent stays out, because it can be delegated nothing; only the revocation of a delegation is undone.
 *
 * How it hurts: an operator sees a worker do damage and revokes its delegation. The work stops, starts again from its beginning under a
 * fresh delegation, and does the damage a second time, up to `renewals` times. The run succeeds.
 *
 * To see it: revoke the delegation, not the agent, while the worker works.
 */
import { isEatpError } from '@kaizen-eatp/core';
import { PatternContractError } from '@kaizen-eatp/core/errors';
import { type AgentHandle, Pattern, type PatternExecution, PatternExecutor } from '@kaizen-eatp/core/plugin';
import type { patternConformance } from '@kaizen-eatp/testing';
import { z } from 'zod';

const options = z.strictObject({
  /** How long a lease is valid, in milliseconds. Default: until the run ends. */
  lease: z.int().positive().optional(),
  /** How many times the lease of a worker is renewed. Default: 3. */
  renewals: z.int().nonnegative().default(3),
  /** Constraints that are added to every delegation. Default: none. */
  constraints: z.array(z.string()).default([]),
});
type Settings = z.output<typeof options>;

const ranOut = (error: unknown): boolean =>
  isEatpError(error, 'REVOKED') ||
  (isEatpError(error, 'VERIFICATION_DENIED') && /expired|revoked/i.test(error.denial.code));

@Pattern({ name: 'leased_work', options, apiVersion: 1 })
export class LeasedWork extends PatternExecutor<Settings> {
  async execute(execution: PatternExecution<Settings>): Promise<unknown> {
    const { agents, input, invoke } = execution;
    const [dispatcher, ...workers] = agents;
    if (!dispatcher || workers.length === 0)
      throw new PatternContractError("Pattern 'leased_work' has no worker", {
        expected: 'a dispatcher first, and at least one worker',
        received: `${agents.length} agents`,
        remedy: 'Give the runtime more agents.',
      });
    const settled = await Promise.allSettled(
      workers.map((worker) => this.work(execution, dispatcher, worker)),
    );
    const failure = settled.find((end) => end.status === 'rejected');
    if (failure?.status === 'rejected') throw failure.reason;
    const parts = settled.map((end) => (end.status === 'fulfilled' ? end.value : null));
    return invoke(dispatcher, { task: input, parts });
  }

  private async work(
    { input, options, signal, delegate, invoke }: PatternExecution<Settings>,
    dispatcher: AgentHandle,
    worker: AgentHandle,
  ): Promise<unknown> {
    const terms = {
      constraints: options.constraints,
      ...(options.lease !== undefined && { expiresIn: options.lease }),
    };
    let delegation = await delegate(dispatcher, worker, terms);
    for (let renewal = 0; ; renewal++) {
      try {
        return await invoke(worker, input, { delegation });
      } catch (error) {
        if (signal.aborted || !ranOut(error) || renewal >= options.renewals) throw error;
        try {
          delegation = await delegate(dispatcher, worker, terms);
        } catch {
          // The worker can be given nothing any more: its own error says why.
          throw error;
        }
      }
    }
  }
}

export const pattern = LeasedWork;
export const setup: NonNullable<Parameters<typeof patternConformance>[1]> = {
  agents: { dispatcher: {}, miller: {}, baker: {} },
};
