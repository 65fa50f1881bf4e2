import { type AgentHandle, definePattern, type PatternExecution } from '@kaizen-eatp/core/plugin';
import { z } from 'zod';
import { AllAgentsFailedError } from './all-agents-failed-error.js';
import { chooseAgent, expectAgents } from './choose-agent.js';
import { expectDepth } from './expect-depth.js';
import type { Failure } from './failure.js';
import { failed, fanOut, succeeded } from './fan-out.js';
import { givableOrOwnJob } from './givable.js';
import { type Proposal, propose } from './roles/proposer.js';
import { aggregateVotes, type CastVote, type Verdict } from './roles/vote-aggregator.js';
import { castVote } from './roles/voter.js';
import { type Tally, tallyOf } from './tally.js';

const share = z.number().gt(0).max(1);

const options = z.strictObject({
  /**
   * The name of the proposer. Default: the first agent whose name contains "proposer", else the first with a method
   * `propose`, else the first.
   */
  proposer: z.string().optional(),
  /**
   * The name of the aggregator; null for none. Default: the first agent whose name contains "aggregator", else the first
   * with a method `aggregateVotes`, else none.
   */
  aggregator: z.string().nullable().optional(),
  /** The share of the voters that must vote, abstentions included: more than 0, at most 1. Default: 0.5. */
  quorum: share.default(0.5),
  /**
   * The share of approvals among approvals and rejections that a proposal needs: more than 0, at most 1. It needs more
   * approvals than rejections in any case. Default: 0.5, a simple majority.
   */
  threshold: share.default(0.5),
  /** Further information for the proposer, besides the input. Default: none. */
  context: z.string().default(''),
  /** Constraints that are added to every delegation. Default: none. */
  constraints: z.array(z.string()).default([]),
});

/** Options of `consensus`. */
export type ConsensusOptions = z.input<typeof options>;

declare module '@kaizen-eatp/core/plugin' {
  interface PatternOptions {
    consensus: ConsensusOptions;
  }
  interface PatternResults {
    /** The proposal, the votes, and the decision. */
    consensus: ConsensusResult;
  }
}

/** The result of `consensus`. */
export interface ConsensusResult {
  /** The proposal that was voted on. */
  readonly proposal: unknown;
  /** Why the proposer proposed it, if it said. */
  readonly rationale: string | undefined;
  /** Whether the votes approve the proposal and the aggregator, if there is one, agrees. */
  readonly consensusReached: boolean;
  /** The outcome by the tally alone. */
  readonly outcome: 'approved' | 'rejected' | 'no_quorum';
  /** The decision in the aggregator's words; without an aggregator the outcome. */
  readonly finalDecision: string;
  /** The votes in the aggregator's words; without an aggregator their numbers. */
  readonly voteSummary: string;
  /** The numbers of votes. */
  readonly tally: Tally;
  /** The votes, in the order of the voters. */
  readonly votes: readonly CastVote[];
  /** Why voters did not vote. */
  readonly failures: readonly Failure[];
}

/**
 * A proposer, voters in parallel, and a tally. The proposer leads: it delegates `vote` to the voters and
 * `aggregate_votes` to the aggregator (`execute` where it cannot give these). All votes have the same weight. A voter
 * that fails has not voted.
 *
 * The caller's quorum and threshold always hold: an aggregator puts the decision into words and can withhold consensus,
 * but it cannot declare a consensus that the votes do not support. Without a quorum it is not asked.
 *
 * @returns {@link ConsensusResult}.
 * @throws AllAgentsFailedError if no voter voted.
 */
export const consensus = definePattern({
  name: 'consensus',
  options,
  async execute(execution): Promise<ConsensusResult> {
    const { options } = execution;
    const { proposer, aggregator, voters } = partsOf(execution.agents, options);
    expectDepth(execution, 'consensus', 1);
    const proposal = await propose(execution, proposer, options.context);
    const { votes, failures } = await vote(execution, proposer, voters, proposal, options.constraints);
    const tally = tallyOf(votes, voters.length);
    // A division, since 14 / 25 is exactly the double 0.56, while 0.56 * 25 is a little more than 14.
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
