/**
 * The pattern `two_phase`. Correct, but unlike the shipped patterns: a commit in two phases. The coordinator (the first agent) makes a
 * proposal. Every participant is asked to prepare, all concurrently. If all did, each is asked to commit, one after the other and in
 * the order of the agents. If one cannot prepare, those that did are asked to abort, and the run fails with the error of the first one that could not. If
 * a participant fails to commit, the run fails at once: what it has done is unknown, and the others keep what they prepared.
 *
 * No fault. Peculiar: two calls of each participant under one delegation, calls after a failure (the undoing), a signed decision in the
 * trail between the phases, and no call at all after a stop, a failing store, or an outcome that could not be recorded.
 */
import { EatpError } from '@kaizen-eatp/core';
import { PatternContractError } from '@kaizen-eatp/core/errors';
import { type AgentHandle, definePattern, type PatternExecution } from '@kaizen-eatp/core/plugin';
import type { patternConformance } from '@kaizen-eatp/testing';
import { z } from 'zod';

const options = z.strictObject({
  /** Constraints that are added to every delegation. Default: none. */
  constraints: z.array(z.string()).default([]),
});

const ENDINGS = ['OUTCOME_NOT_RECORDED', 'TRAIL_FORK', 'SIGNING_FAILED', 'EXECUTION_CANCELLED'];

/** Whether an error is more than the failure of one participant. */
const endsRun = ({ signal }: Pick<PatternExecution, 'signal'>, error: unknown): boolean =>
  signal.aborted ||
  !(error instanceof EatpError) ||
  error.code.startsWith('STORE_') ||
  ENDINGS.includes(error.code);

export const pattern = definePattern({
  name: 'two_phase',
  options,
  async execute(execution) {
    const { agents, input, options, delegate, invoke, share } = execution;
    const [coordinator, ...participants] = agents;
    if (!coordinator || participants.length === 0)
      throw new PatternContractError("Pattern 'two_phase' has no participant", {
        expected: 'a coordinator first, and at least one participant',
        received: `${agents.length} agents`,
        remedy: 'Give the runtime more agents.',
      });
    const proposal = await invoke(coordinator, input);
    for (const each of participants) await delegate(coordinator, each, { constraints: options.constraints });

    const ask = (
      agent: AgentHandle,
      phase: 'prepare' | 'commit' | 'abort',
      prepared?: unknown,
    ): Promise<unknown> => invoke(agent, { phase, proposal, ...(prepared !== undefined && { prepared }) });
    const votes = await Promise.allSettled(participants.map((agent) => ask(agent, 'prepare')));
    const fatal = votes.find((vote) => vote.status === 'rejected' && endsRun(execution, vote.reason));
    if (fatal?.status === 'rejected') throw fatal.reason;
    const refusal = votes.find((vote) => vote.status === 'rejected');
    const decision = refusal ? 'abort' : 'commit';
    await share(coordinator, decision, {
      action: 'execute',
      details: { event: 'two_phase_decision', decision },
      result: refusal ? 'failure' : 'success',
    });
    if (refusal?.status === 'rejected') {
      // Each that prepared is asked to abort, even if another cannot be reached; the trail has what each of them did.
      for (const [i, vote] of votes.entries()) {
        if (vote.status === 'rejected') continue;
        const [end] = await Promise.allSettled([ask(participants[i]!, 'abort', vote.value)]);
        if (end.status === 'rejected' && endsRun(execution, end.reason)) throw end.reason;
      }
      throw refusal.reason;
    }
    const committed: { participant: string; prepared: unknown; committed: unknown }[] = [];
    for (const [i, vote] of votes.entries()) {
      const participant = participants[i]!;
      const prepared = vote.status === 'fulfilled' ? vote.value : undefined;
      committed.push({
        participant: participant.name,
        prepared,
        committed: await ask(participant, 'commit', prepared),
      });
    }
    return { decision, proposal, committed };
  },
});

export const setup: NonNullable<Parameters<typeof patternConformance>[1]> = {
  agents: { coordinator: {}, stock: { calls: 2 }, ledger: { calls: 2 } },
  details: ['event', 'decision'],
  actsAfterRefusal: ['stock', 'ledger'],
};
