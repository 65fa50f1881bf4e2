import { type AgentHandle, definePattern, type PatternExecution } from '@kaizen-eatp/core/plugin';
import { z } from 'zod';
import { AllAgentsFailedError } from './all-agents-failed-error.js';
import { chooseAgent, expectAgents } from './choose-agent.js';
import type { Failure } from './failure.js';
import { failed, fanOut, succeeded } from './fan-out.js';
import { givableOrOwnJob } from './givable.js';
import { type Proposal, propose } from './roles/proposer.js';
import { aggregateVotes, type CastVote, type Verdict } from './roles/vote-aggregator.js';
import { castVote } from './roles/voter.js';
import { type Tally, tallyOf } from './tally.js';

const share = z.number().gt(0).max(1);

const options = z.strictObject({
  /** By name. Default: the first called so, else the first with `propose`, else the first agent. */
  proposer: z.string().optional(),
  /** By name. Default: the first called so, else one with `aggregateVotes`, else none. Null: none. */
  aggregator: z.string().nullable().optional(),
  /** Which share of the voters must vote, abstentions included, from over 0 to 1. Default: 0.5. */
  quorum: share.default(0.5),
  /**
   * Which share of approvals and rejections must be approvals, from over 0 to 1; always more than the rejections.
   * Default: 0.5, so a simple majority.
   */
  threshold: share.default(0.5),
  /** What the proposer is told beside the input. Default: nothing. */
  context: z.string().default(''),
  /** Added to every delegation. Default: none. */
  constraints: z.array(z.string()).default([]),
});

export type ConsensusOptions = z.input<typeof options>;

declare module '@kaizen-eatp/core/plugin' {
  interface PatternOptions {
    consensus: ConsensusOptions;
  }
  interface PatternResults {
    consensus: ConsensusResult;
  }
}

export interface ConsensusResult {
  readonly proposal: unknown;
  readonly rationale: string | undefined;
  readonly consensusReached: boolean;
  /** By the tally alone. */
  readonly outcome: 'approved' | 'rejected' | 'no_quorum';
  /** What the aggregator made of it, else the outcome. */
  readonly finalDecision: string;
  readonly voteSummary: string;
  readonly tally: Tally;
  readonly votes: readonly CastVote[];
  readonly failures: readonly Failure[];
}

/**
 * A proposer, voters in parallel, and a tally. The proposer leads and delegates `vote` to the voters and
 * `aggregate_votes` to the aggregator (`execute` where it may not hand these on). Every vote counts the same; a voter
 * that fails has not voted.
 *
 * Quorum and threshold are the caller's and always bind: an aggregator words the decision and may withhold
 * consensus, but cannot declare one that the votes do not bear. Without a quorum it is not asked.
 *
 * @returns {@link ConsensusResult}.
 * @throws AllAgentsFailedError if nobody voted.
 */
export const consensus = definePattern({
  name: 'consensus',
  options,
  async execute(execution): Promise<ConsensusResult> {
    const { options } = execution;
    const { proposer, aggregator, voters } = partsOf(execution.agents, options);
    const proposal = await propose(execution, proposer, options.context);
    const { votes, failures } = await vote(execution, proposer, voters, proposal, options.constraints);
    const tally = tallyOf(votes, voters.length);
    // Divided, since 14 / 25 is 0.56 to the bit, but 0.56 * 25 is a little more than 14.
    const hasQuorum = tally.cast / voters.length >= options.quorum;
    const approving = tally.approve / (tally.approve + tally.reject);
    const isApproved = hasQuorum && tally.approve > tally.reject && approving >= options.threshold;
    const outcome = hasQuorum ? (isApproved ? 'approved' : 'rejected') : 'no_quorum';
    const verdict: Verdict | undefined =
      aggregator && hasQuorum
        ? await aggregate(execution, proposer, aggregator, { votes, proposal }, options.constraints)
        : undefined;
    const { approve, reject, abstain, missing } = tally;
    return {
      proposal: proposal.proposal,
      rationale: proposal.rationale,
      consensusReached: isApproved && (verdict?.consensusReached ?? true),
      outcome,
      finalDecision: verdict?.finalDecision ?? outcome,
      voteSummary:
        verdict?.voteSummary ??
        `${approve} approve, ${reject} reject, ${abstain} abstain, ${missing} did not vote`,
      tally,
      votes,
      failures,
    };
  },
});

function partsOf(agents: readonly AgentHandle[], given: z.output<typeof options>) {
  const choice = { name: given.proposer, word: 'proposer', method: 'propose' };
  const proposer = chooseAgent(agents, choice) ?? agents[0]!;
  const others = agents.filter((agent) => agent !== proposer);
  const aggregator =
    given.aggregator === null
      ? undefined
      : chooseAgent(others, { name: given.aggregator, word: 'aggregator', method: 'aggregateVotes' });
  const voters = others.filter((agent) => agent !== aggregator);
  expectAgents('consensus', 'voter', voters);
  return { proposer, aggregator, voters };
}

async function vote(
  execution: PatternExecution,
  proposer: AgentHandle,
  voters: readonly AgentHandle[],
  proposal: Proposal,
  constraints: readonly string[],
): Promise<{ votes: CastVote[]; failures: Failure[] }> {
  const branches = await fanOut(
    execution,
    {
      leader: proposer,
      agents: voters,
      capabilities: await givableOrOwnJob(execution, proposer, ['vote']),
      constraints,
      event: 'vote_failed',
    },
    (voter, delegation) => castVote(execution, voter, proposal, { delegation }),
  );
  const failures = failed(branches);
  const reasons = failures.map(({ failure }) => failure);
  if (failures.length === voters.length) throw new AllAgentsFailedError('voter', reasons, failures[0]?.error);
  return {
    votes: succeeded(branches).map(({ agent, value }) => ({ voter: agent.name, ...value })),
    failures: reasons,
  };
}

async function aggregate(
  execution: PatternExecution,
  proposer: AgentHandle,
  aggregator: AgentHandle,
  { votes, proposal }: { votes: readonly CastVote[]; proposal: Proposal },
  constraints: readonly string[],
): Promise<Verdict> {
  const capabilities = await givableOrOwnJob(execution, proposer, ['aggregate_votes']);
  const delegation = await execution.delegate(proposer, aggregator, { capabilities, constraints });
  return aggregateVotes(execution, aggregator, votes, proposal, { delegation });
}
