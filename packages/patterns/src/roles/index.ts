export type { ControllerView, Selection } from './blackboard-controller.js';
export type { Position, Speech } from './debater.js';
export type { Evaluation } from './handoff-tier.js';
export type { Judgement } from './judge.js';
export type { Proposal } from './proposer.js';
export type { WorkerFailure, WorkerResult } from './supervisor-merge.js';
export type { ExpertResult } from './synthesizer.js';
export type { CastVote, Verdict } from './vote-aggregator.js';
export type { Vote } from './voter.js';
