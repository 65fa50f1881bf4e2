export type {
  BlackboardController,
  BlackboardView,
  ControllerView,
  Selection,
} from './blackboard-controller.js';
export type { BlackboardSpecialist } from './blackboard-specialist.js';
export type { Brief, Challenge, Debater, Position, Speech } from './debater.js';
export type { Evaluation, HandoffTask, HandoffTier } from './handoff-tier.js';
export type { Case, Judge, Judgement } from './judge.js';
export type { Proposal, ProposalRequest, Proposer } from './proposer.js';
export type { Router } from './router.js';
export type { Supervisor } from './supervisor.js';
export type { Merge, WorkerFailure, WorkerResult } from './supervisor-merge.js';
export type { ExpertResult, Opinions, Synthesizer } from './synthesizer.js';
export type { CastVote, Verdict, VoteAggregator, VoteCount } from './vote-aggregator.js';
export type { Ballot, Vote, Voter } from './voter.js';
export type { Worker } from './worker.js';
