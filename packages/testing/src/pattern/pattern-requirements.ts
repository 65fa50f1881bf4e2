import type { Requirement } from '../conformance/requirement.js';
import { trustWorld } from '../fakes/trust-world.js';
import { usesAnswers, usesInput } from './answers.js';
import { obeysApprovals } from './approvals.js';
import { actsAsDeclared, callsAsDeclared, delegatesNoMore, signsDeclaredDetails } from './as-declared.js';
import { creditsTheRightAgents } from './attribution.js';
import { bearsAnyAnswer } from './bears-answers.js';
import { keepsCallersConstraints } from './callers-constraints.js';
import { keepsTenantsApart, leaksNothing, staysApart } from './company.js';
import { completes } from './completes.js';
import { showsDenials } from './denials.js';
import { survivesCrashes, takesOnlyWhatIsRecorded } from './durability.js';
import { keepsErrors, losesNothing, swallowsNoFailure } from './failures.js';
import { leavesNothing } from './leftovers.js';
import { narrowsOnly } from './narrowing.js';
import { obeysOptions } from './options.js';
import type { PatternTrial } from './pattern-trial.js';
import { recordsEverything } from './records.js';
import { actsWithoutDelegation, findRefusal, leavesWorkBehind, reachesForStrangers } from './refusals.js';
import { repeatsNoWider } from './repeated-delegations.js';
import { signsWhatItReturns } from './signed-results.js';
import { waitsForSlowAgents } from './slow-agents.js';
import { soaks } from './soak.js';
import { obeysNoAnswer } from './steering-answers.js';
import { obeysCancel, obeysTimeout } from './stopping.js';
import { ignoresTiming } from './timing.js';

/**
 * The requirements on every pattern. The guard already refuses some violations at run time. The suite names the requirement
 * behind such a refusal, even if the pattern hid it. A fault counts once: its consequences in the same run do not count
 * against other requirements.
 */
export const patternRequirements = [
  {
    id: 'PATTERN-COMPLETES',
    demands:
      'With trusted, willing agents that have nothing but `run`, however slow or many, the run succeeds and all of them take part.',
    fix: 'Invoke every agent. If the pattern needs certain answers or options, give the setup agents with `run`, or `options`.',
    check: completes,
  },
  {
    id: 'PATTERN-DELEGATES',
    demands: 'Every agent but the one that leads acts under a delegation made to it in this run.',
    fix: 'Call `delegate(from, agent)` before the first `invoke`, `share` or `delegate` of the agent.',
    check: (trial) => findRefusal(trial, actsWithoutDelegation),
  },
  {
    id: 'PATTERN-DELEGATES-NO-MORE',
    demands:
      'Every delegation is used, names no capability that is not used, and adds exactly the constraints that the setup names.',
    fix: 'Delegate once, when the work starts, and name the capabilities that the agent uses. Declare what is meant in `spare` or `addedConstraints` of the agent.',
    check: delegatesNoMore,
  },
  {
    id: 'PATTERN-CALLS-AS-DECLARED',
    demands:
      'Each agent is called as often as the setup says, and not again because an agent failed or was denied a tool.',
    fix: 'Call each agent once, or declare `calls` of the agent in the setup.',
    check: callsAsDeclared,
  },
  {
    id: 'PATTERN-ACTS-AS-DECLARED',
    demands: 'Each agent acts as one of its capabilities, or as the setup says.',
    fix: 'Leave `action` and `capabilities` to their defaults, or declare `actions` of the agent in the setup.',
    check: actsAsDeclared,
  },
  {
    id: 'PATTERN-DETAILS-AS-DECLARED',
    demands:
      'The pattern signs the details that the setup names and no others, and invents no facts for constraint evaluators. A signed detail says what the result says.',
    fix: 'Sign nothing that the pattern cannot know, and declare the rest in `details` or `facts` of the setup, and no more.',
    check: async (trial) => (await signsDeclaredDetails(trial)) ?? (await signsWhatItReturns(trial)),
  },
  {
    id: 'PATTERN-USES-INPUT',
    demands: 'The input of the run reaches an agent, whole.',
    fix: 'Pass `execution.input` to the agent that starts.',
    check: usesInput,
  },
  {
    id: 'PATTERN-USES-ANSWERS',
    demands: 'The result changes if an agent answers differently.',
    fix: 'Use the answer of each agent. If the answer of an agent is not to reach the result, set its `otherwise: false` in the setup.',
    check: usesAnswers,
  },
  {
    id: 'PATTERN-NO-UNRECORDED-ACT',
    demands:
      "Every call of an agent, however it ends, is in the run's own trail, with its outcome; no agent is called past the guard.",
    fix: 'Reach agents by `execution.invoke` only.',
    check: recordsEverything,
  },
  {
    id: 'PATTERN-ONLY-GIVEN-AGENTS',
    demands: 'The pattern uses only the agents that this run gave it.',
    fix: 'Pass handles of `execution.agents`, and keep none of them.',
    check: (trial) => findRefusal(trial, reachesForStrangers),
  },
  {
    id: 'PATTERN-NARROWS-ONLY',
    demands: 'A delegation names only what the delegator can give, and keeps all constraints.',
    fix: 'Omit `capabilities`, or ask with `verify` what the delegator can give.',
    check: narrowsOnly,
  },
  {
    id: 'PATTERN-KEEPS-CONSTRAINTS',
    demands:
      'If the pattern has an option `constraints`, every delegation has these labels, even after a failure or a denial, and an agent that they deny does not act. A delegation that could not be made is not made again with other rights.',
    fix: 'Pass the constraints of the caller to every `delegate`, also to one that repeats another, and do not give the work of an agent that was denied to another one.',
    check: async (trial) => (await keepsCallersConstraints(trial)) ?? (await repeatsNoWider(trial)),
  },
  {
    id: 'PATTERN-OBEYS-APPROVALS',
    demands: 'After an approval that was rejected, has expired or cannot be requested, no agent acts.',
    fix: 'Go on only if `granted` of the approval is true. Declare agents that act nevertheless in `actsAfterRefusal`.',
    check: obeysApprovals,
  },
  {
    id: 'PATTERN-BEARS-ANY-ANSWER',
    demands:
      'No answer of an agent changes what all code of the process shares, keeps the run from ending, or lets an agent be called or given more.',
    fix: 'Merge no answer into other objects key by key; take named fields of it, and check them.',
    check: bearsAnyAnswer,
  },
  {
    id: 'PATTERN-OBEYS-NO-ANSWER',
    demands:
      'Fields of an answer that are named like options or parts of a delegation change neither the calls nor the delegations.',
    fix: 'Take options from `execution.options` only. Declare fields that are meant to steer in `steers` of the agent.',
    check: obeysNoAnswer,
  },
  {
    id: 'PATTERN-NO-SWALLOWED-FAILURE',
    demands:
      'When an agent fails, the run fails, or it is one whose failure the pattern tolerates and the result says so. When the store cannot record an act, the run fails.',
    fix: 'Throw the failure, and above all `OUTCOME_NOT_RECORDED` and errors of the store, even if others failed before. If the pattern continues, name the agent and the reason in the result, and the agent in `tolerates`.',
    check: swallowsNoFailure,
  },
  {
    id: 'PATTERN-KEEPS-ERRORS',
    demands:
      'A run that fails because an agent failed has the error of the agent, or an error that it caused.',
    fix: 'Throw the error that `invoke` threw, or set it as the `cause` of an error whose code is in `errors` of the setup.',
    check: keepsErrors,
  },
  {
    id: 'PATTERN-SHOWS-DENIALS',
    demands:
      'When an agent is not trusted any more, the run fails, or its trail shows that the agent was left out. A failure that the pattern records is recorded as one.',
    fix: "Let `invoke` or `delegate` fail. Where `verify` finds that an agent is not trusted, record it with `share(…, { result: 'denied' })`, and a failure with `result: 'failure'`.",
    check: showsDenials,
  },
  {
    id: 'PATTERN-NOTHING-LOST',
    demands:
      'When one agent fails and the run continues, the others still take part and the result holds their contributions, each as that of its author.',
    fix: 'Wait with `Promise.allSettled`, and put every contribution into the result.',
    check: async (trial) => (await losesNothing(trial)) ?? (await creditsTheRightAgents(trial)),
  },
  {
    id: 'PATTERN-AWAITS-CHILDREN',
    demands: 'Everything that the pattern asked for has ended before its `execute` settles, whichever way.',
    fix: 'Await every request, even after one has failed: use `Promise.allSettled`, not `Promise.all`.',
    check: (trial) => findRefusal(trial, leavesWorkBehind),
  },
  {
    id: 'PATTERN-OBEYS-CANCEL',
    demands:
      'A cancellation reaches every agent at work; the run and the pattern itself end within the bound.',
    fix: 'Do not catch the error of a request when `execution.signal` is aborted, and pass the signal to what the pattern waits for.',
    check: obeysCancel,
  },
  {
    id: 'PATTERN-OBEYS-TIMEOUT',
    demands: 'A timeout reaches every agent at work; the run and the pattern itself end within the bound.',
    fix: 'Do not catch the error of a request when `execution.signal` is aborted, and pass the signal to what the pattern waits for.',
    check: obeysTimeout,
  },
  {
    id: 'PATTERN-IGNORES-TIMING',
    demands: 'The result, the calls and the delegations do not depend on which agent answers first.',
    fix: 'Put answers in the order of the agents, not of their arrival. A pattern for which the first answer counts declares `dependsOnTiming`.',
    appliesTo: (trial) => !trial.setup.dependsOnTiming,
    check: ignoresTiming,
  },
  {
    id: 'PATTERN-WAITS-FOR-SLOW-AGENTS',
    demands:
      'No agent is called again and nothing more is delegated because an answer takes long, by the clock or by pauses of the execution.',
    fix: 'Wait for the answer, or pass a `timeout` to `invoke` and treat its error as a failure. Declare the agents that can be called more often in `calls`.',
    check: waitsForSlowAgents,
  },
  {
    id: 'PATTERN-RUNS-APART',
    demands: 'Concurrent runs have the results that each has alone, and no agent sees data of another run.',
    fix: 'Keep nothing on `this` and nothing in variables of the module.',
    check: staysApart,
  },
  {
    id: 'PATTERN-TENANTS-APART',
    demands: 'Runs with the same input in two tenants each call their own agents and have their results.',
    fix: 'Keep no results. A cache belongs to an agent, which knows its tenant.',
    check: keepsTenantsApart,
  },
  {
    id: 'PATTERN-LEAKS-NOTHING',
    demands:
      'Nothing of one run arrives in another: in no call, record, report, result or error. No signed detail names the person.',
    fix: 'Keep nothing of a run. Sign no personal data: every record already has the pseudonym of the person.',
    check: leaksNothing,
  },
  {
    id: 'PATTERN-OBEYS-OPTIONS',
    demands: 'Each run follows its own options, even after and during runs with other options.',
    fix: 'Read `execution.options` in each run, and keep nothing of it.',
    appliesTo: (trial) => trial.setup.otherOptions !== undefined,
    check: obeysOptions,
  },
  {
    id: 'PATTERN-SOAKS',
    demands: 'After many runs nothing of the earlier ones is in memory, and the last run is like the first.',
    fix: 'Keep no execution, input or answer beyond its run: no list, no map, no listener, no timer.',
    check: soaks,
  },
  {
    id: 'PATTERN-LEAVES-NOTHING',
    demands:
      'After a run the pattern has no timer or open handle, asks for nothing and causes no late error.',
    fix: 'Clear every timer in a `finally`, and await every promise.',
    check: leavesNothing,
  },
  {
    id: 'PATTERN-DURABLE-SOURCES',
    demands:
      'The pattern takes the time, random numbers and pauses from its execution, and leaves input and output to agents.',
    fix: 'Use `now()`, `random()` and `sleep()` of the execution. A pattern that is not meant for durable runs declares `durable: false`.',
    appliesTo: (trial) => trial.setup.durable,
    check: takesOnlyWhatIsRecorded,
  },
  {
    id: 'PATTERN-DURABLE-REPLAYS',
    demands: 'A durable run whose process dies ends as one without a crash does.',
    fix: 'Request the same steps whenever the recorded outcomes are the same: keep nothing on `this`, and decide by nothing but input, options and outcomes.',
    appliesTo: (trial) => trial.setup.durable && trial.setup.world === trustWorld,
    check: survivesCrashes,
  },
] as const satisfies readonly Requirement<PatternTrial>[];

/** The id of a requirement on patterns. */
export type PatternRequirementId = (typeof patternRequirements)[number]['id'];
