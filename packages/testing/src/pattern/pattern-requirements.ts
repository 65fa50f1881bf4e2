import type { Requirement } from '../conformance/requirement.js';
import { staysApart } from './company.js';
import { completes } from './completes.js';
import { losesNothing, swallowsNoFailure } from './failures.js';
import { narrowsOnly } from './narrowing.js';
import type { PatternTrial } from './pattern-trial.js';
import { recordsEverything } from './records.js';
import { actsWithoutDelegation, findRefusal, leavesWorkBehind, reachesForStrangers } from './refusals.js';
import { obeysCancel, obeysTimeout } from './stopping.js';

/**
 * The requirements on every pattern. The guard already refuses some violations at run time. The suite names the requirement
 * behind such a refusal, even if the pattern hid it. A fault counts once: its consequences in the same run do not count
 * against other requirements.
 */
export const patternRequirements = [
  {
    id: 'PATTERN-COMPLETES',
    demands:
      'With trusted, willing agents that have nothing but `run`, the run succeeds and all of them take part.',
    check: completes,
  },
  {
    id: 'PATTERN-DELEGATES',
    demands: 'Every agent but the one that leads acts under a delegation made to it in this run.',
    check: (trial) => findRefusal(trial, actsWithoutDelegation),
  },
  {
    id: 'PATTERN-NO-UNRECORDED-ACT',
    demands:
      "Every call of an agent, however it ends, is in the run's own trail, with its outcome; no agent is called past the guard.",
    check: recordsEverything,
  },
  {
    id: 'PATTERN-ONLY-GIVEN-AGENTS',
    demands: 'The pattern uses only the agents that this run gave it.',
    check: (trial) => findRefusal(trial, reachesForStrangers),
  },
  {
    id: 'PATTERN-NARROWS-ONLY',
    demands: 'A delegation names only what the delegator can give, and keeps all constraints.',
    check: narrowsOnly,
  },
  {
    id: 'PATTERN-NO-SWALLOWED-FAILURE',
    demands:
      'When an agent fails, the run fails, or it is one whose failure the pattern tolerates and the result says so.',
    check: swallowsNoFailure,
  },
  {
    id: 'PATTERN-NOTHING-LOST',
    demands:
      'When one agent fails and the run continues, the others still take part and the result holds their contributions.',
    check: losesNothing,
  },
  {
    id: 'PATTERN-AWAITS-CHILDREN',
    demands: 'Everything that the pattern asked for has ended before its `execute` settles, whichever way.',
    check: (trial) => findRefusal(trial, leavesWorkBehind),
  },
  {
    id: 'PATTERN-OBEYS-CANCEL',
    demands:
      'A cancellation reaches every agent at work; the run and the pattern itself end within the bound.',
    check: obeysCancel,
  },
  {
    id: 'PATTERN-OBEYS-TIMEOUT',
    demands: 'A timeout reaches every agent at work; the run and the pattern itself end within the bound.',
    check: obeysTimeout,
  },
  {
    id: 'PATTERN-RUNS-APART',
    demands: 'Concurrent runs have the results that each has alone, and no agent sees data of another run.',
    check: staysApart,
  },
] as const satisfies readonly Requirement<PatternTrial>[];

/** The id of a requirement on patterns. */
export type PatternRequirementId = (typeof patternRequirements)[number]['id'];
