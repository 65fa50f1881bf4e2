import type { EatpError } from '@kaizen-eatp/core';
import { definePattern, type PatternPlugin, PLUGIN_API_VERSION } from '@kaizen-eatp/core/plugin';
import {
  formatReport,
  type PatternConformanceSetup,
  patternConformance,
  patternRequirements,
} from '@kaizen-eatp/testing';
import { afterAll, describe, expect, it } from 'vitest';
import { findingsAbout } from '../src/pattern/pattern-conformance.js';
import { callsAStranger } from './broken-patterns/calls-a-stranger.js';
import * as careless from './broken-patterns/careless.js';
import { dropsARecord, smuggle } from './broken-patterns/drops-a-record.js';
import { dropsObjections } from './broken-patterns/drops-objections.js';
import { failsFast } from './broken-patterns/fails-fast.js';
import { forgetsTheOthers } from './broken-patterns/forgets-the-others.js';
import { goodPattern } from './broken-patterns/good-pattern.js';
import { hanging, hangsOnFailure } from './broken-patterns/hangs-on-failure.js';
import { hedges } from './broken-patterns/hedges.js';
import { ignoresCancel } from './broken-patterns/ignores-cancel.js';
import { ignoresCancelOfMany } from './broken-patterns/ignores-cancel-of-many.js';
import { keepsBeating } from './broken-patterns/keeps-beating.js';
import { labelsByArrival } from './broken-patterns/labels-by-arrival.js';
import * as leaking from './broken-patterns/leaking.js';
import { leavesAnAgentOut } from './broken-patterns/leaves-an-agent-out.js';
import { liftsConstraints } from './broken-patterns/lifts-constraints.js';
import * as lingering from './broken-patterns/lingering.js';
import { makesDoWithout } from './broken-patterns/makes-do-without.js';
import { mergesEveryKey } from './broken-patterns/merges-every-key.js';
import { misspellsAnOption } from './broken-patterns/misspells-an-option.js';
import { MixesResults } from './broken-patterns/mixes-results.js';
import { MixesRuns } from './broken-patterns/mixes-runs.js';
import { needsAMethod } from './broken-patterns/needs-a-method.js';
import { obeysItsLeader } from './broken-patterns/obeys-its-leader.js';
import { repeatsWhenSlow } from './broken-patterns/repeats-when-slow.js';
import { returnsEarly } from './broken-patterns/returns-early.js';
import { seesOneFailure } from './broken-patterns/sees-one-failure.js';
import { servesOldAnswers } from './broken-patterns/serves-old-answers.js';
import { signsTheInput } from './broken-patterns/signs-the-input.js';
import { skipsADelegation } from './broken-patterns/skips-a-delegation.js';
import { startsByProcess } from './broken-patterns/starts-by-process.js';
import { stopsAsking } from './broken-patterns/stops-asking.js';
import * as subtle from './broken-patterns/subtle.js';
import { swallowsAFailure } from './broken-patterns/swallows-a-failure.js';
import { swallowsLate } from './broken-patterns/swallows-late.js';
import { takesSilenceForConsent } from './broken-patterns/takes-silence-for-consent.js';
import * as undurable from './broken-patterns/undurable.js';
import { widensAScope } from './broken-patterns/widens-a-scope.js';

interface Broken {
  readonly setup: PatternConformanceSetup & { readonly pattern: PatternPlugin };
  /** Every requirement that the fault breaks, with what the observation must say. */
  readonly fails: Readonly<Record<string, RegExp>>;
  /** Other requirements that fail as a consequence; no further one may fail. */
  readonly consequences?: readonly string[];
}

const workers = ['first', 'second'];

const BROKEN: Readonly<Record<string, Broken>> = {
  'skips a delegation': {
    setup: { pattern: skipsADelegation },
    fails: {
      'PATTERN-DELEGATES': /when no agent fails: invoke of 'first' was refused: .*was not delegated anything/,
    },
  },
  "swallows a child's failure": {
    setup: { pattern: swallowsAFailure },
    fails: { 'PATTERN-NO-SWALLOWED-FAILURE': /when 'first' fails: the run succeeded, though .* 'first'/ },
  },
  'swallows a failure that the setup would tolerate if the result reported it': {
    setup: { pattern: swallowsAFailure, tolerates: { agents: workers, all: true } },
    fails: { 'PATTERN-NO-SWALLOWED-FAILURE': /its result does not say that 'first' failed/ },
  },
  'succeeds though all workers fail': {
    setup: { pattern: swallowsAFailure, tolerates: { agents: workers, reportedIn: () => true } },
    fails: { 'PATTERN-NO-SWALLOWED-FAILURE': /when 'first', 'second' all fail: .*no agent succeeded/ },
  },
  "swallows an agent's failure at its last call": {
    setup: { pattern: swallowsLate, agents: { lead: { calls: 2 }, first: {}, second: {} } },
    fails: { 'PATTERN-NO-SWALLOWED-FAILURE': /when 'lead' fails at call 2: the run succeeded/ },
  },
  'neither fails nor ends when a child fails': {
    setup: { pattern: hangsOnFailure, bound: 400 },
    fails: { 'PATTERN-NO-SWALLOWED-FAILURE': /when 'first' fails: the run neither failed nor ended/ },
  },
  'ignores cancel': {
    setup: { pattern: ignoresCancel, bound: 400, timeout: 2_000 },
    fails: {
      'PATTERN-OBEYS-CANCEL': /while 'lead' work: the pattern's execute\(\) had not settled 500 ms later/,
      'PATTERN-OBEYS-TIMEOUT': /execute\(\) had not settled/,
    },
    consequences: ['PATTERN-DURABLE-SOURCES', 'PATTERN-NO-SWALLOWED-FAILURE'],
  },
  'ignores cancel while several are at work': {
    // Both must be at work by then, on a slow machine too.
    setup: { pattern: ignoresCancelOfMany, bound: 400, timeout: 2_000 },
    fails: {
      'PATTERN-OBEYS-CANCEL': /while 'first', 'second' work: the pattern's execute\(\) had not settled/,
      'PATTERN-OBEYS-TIMEOUT': /execute\(\) had not settled/,
    },
    consequences: ['PATTERN-DURABLE-SOURCES'],
  },
  'drops a record': {
    setup: { pattern: dropsARecord, introduce: smuggle },
    fails: {
      'PATTERN-NO-UNRECORDED-ACT': /when no agent fails: 'first' was called, and the trail has 0 records/,
    },
    consequences: [
      'PATTERN-DURABLE-SOURCES',
      'PATTERN-DELEGATES-NO-MORE',
      'PATTERN-CALLS-AS-DECLARED',
      'PATTERN-TENANTS-APART',
      'PATTERN-LEAKS-NOTHING',
    ],
  },
  'widens a scope': {
    setup: { pattern: widensAScope },
    fails: { 'PATTERN-NARROWS-ONLY': /from 'lead' to 'first' was refused: .*cannot delegate 'administer'/ },
  },
  'calls an agent it was not given': {
    setup: { pattern: callsAStranger },
    fails: { 'PATTERN-ONLY-GIVEN-AGENTS': /it asked to invoke with 'mallory'/ },
  },
  'returns before its children ended': {
    setup: { pattern: returnsEarly },
    fails: {
      'PATTERN-AWAITS-CHILDREN':
        /when no agent fails: .* in progress: delegate of 'first', delegate of 'second'/,
    },
  },
  'throws before its children ended': {
    setup: { pattern: failsFast },
    fails: { 'PATTERN-AWAITS-CHILDREN': /when 'first' fails: .* in progress: .*'second'/ },
  },
  'loses what others did when a worker fails': {
    setup: { pattern: forgetsTheOthers, tolerates: { agents: workers } },
    fails: { 'PATTERN-NOTHING-LOST': /when 'first' fails: what 'second' contributed is not in the result/ },
  },
  'loses what others did, though it says what all of them say': {
    setup: {
      pattern: forgetsTheOthers,
      agents: Object.fromEntries(
        ['lead', ...workers].map((by) => [by, { run: () => ({ by, status: 'completed' }) }]),
      ),
      tolerates: { agents: workers },
    },
    fails: { 'PATTERN-NOTHING-LOST': /when 'first' fails: what 'second' contributed is not in the result/ },
    consequences: ['PATTERN-USES-ANSWERS'],
  },
  'does not ask the others any more when a worker fails': {
    setup: { pattern: stopsAsking, tolerates: { agents: workers, all: true } },
    fails: { 'PATTERN-NOTHING-LOST': /when 'first' fails: 'second' was not called any more/ },
  },
  'goes on without whom it could not widen a scope for': {
    setup: { pattern: makesDoWithout, tolerates: { agents: workers, all: true } },
    fails: { 'PATTERN-NARROWS-ONLY': /from 'lead' to 'second' was refused: .*cannot delegate 'administer'/ },
  },
  'mixes runs': {
    setup: { pattern: MixesRuns },
    fails: {
      'PATTERN-RUNS-APART': /concurrently with other runs, as run \d, '\w+' received data of another run/,
    },
    consequences: ['PATTERN-TENANTS-APART', 'PATTERN-LEAKS-NOTHING'],
  },
  'mixes the results of runs': {
    setup: { pattern: MixesResults },
    fails: {
      'PATTERN-RUNS-APART': /concurrently with other runs, as run \d, the result was .*, and alone it was /,
    },
    consequences: ['PATTERN-TENANTS-APART', 'PATTERN-LEAKS-NOTHING'],
  },
  'cannot do with plain agents': {
    setup: { pattern: needsAMethod },
    fails: { 'PATTERN-COMPLETES': /MISSING_ROLE_METHOD: Agent 'lead' has no method for this role/ },
  },
  'misspells an option of a delegation': {
    setup: { pattern: misspellsAnOption },
    fails: { 'PATTERN-COMPLETES': /INVALID_ARGUMENT: There is no option 'constraint' of delegate\(\)/ },
  },
  'leaves an agent out': {
    setup: { pattern: leavesAnAgentOut },
    fails: { 'PATTERN-COMPLETES': /'second' took no part/ },
  },
  'returns a constant': {
    setup: { pattern: careless.returnsAConstant },
    fails: { 'PATTERN-USES-ANSWERS': /when 'lead' answers differently: the result was the same/ },
  },
  'returns its input': {
    setup: { pattern: careless.returnsItsInput },
    fails: { 'PATTERN-USES-ANSWERS': /when 'lead' answers differently: the result was the same/ },
  },
  'uses the answer of one worker, though it asks all': {
    setup: { pattern: careless.takesTheFirst },
    fails: { 'PATTERN-USES-ANSWERS': /when 'second' answers differently: the result was the same/ },
  },
  'does not tell the agents what was asked for': {
    setup: { pattern: careless.withholdsTheInput },
    fails: { 'PATTERN-USES-INPUT': /no agent received the mark of the input/ },
  },
  'calls every agent twice': {
    setup: { pattern: careless.callsTwice },
    fails: { 'PATTERN-CALLS-AS-DECLARED': /when no agent fails: 'lead' was called 2 times, .* says 1/ },
  },
  'retries silently': {
    setup: { pattern: careless.retriesSilently },
    fails: { 'PATTERN-CALLS-AS-DECLARED': /when 'first' fails: 'first' was called 2 times, .* says 1/ },
  },
  'skips a denied agent without a record': {
    setup: { pattern: careless.skipsTheDenied, tolerates: { agents: workers, all: true } },
    fails: {
      'PATTERN-SHOWS-DENIALS': /when 'first' is revoked before the run: .* nothing in its trail shows/,
    },
  },
  'skips a denied agent that it cannot do without': {
    setup: { pattern: careless.skipsTheDenied },
    fails: {
      'PATTERN-SHOWS-DENIALS': /the run succeeded without 'first', though the setup does not tolerate/,
    },
  },
  'delegates everything three times': {
    setup: { pattern: careless.delegatesThrice },
    fails: { 'PATTERN-DELEGATES-NO-MORE': /the delegation from 'lead' to 'first' was not used/ },
  },
  'delegates to agents that it does not need': {
    setup: { pattern: careless.delegatesAhead, idle: ['second'] },
    fails: { 'PATTERN-DELEGATES-NO-MORE': /the delegation from 'lead' to 'second' was not used/ },
  },
  'gives more than the work needs': {
    setup: {
      pattern: careless.givesMore,
      agents: Object.fromEntries(
        ['lead', ...workers].map((name) => [name, { capabilities: ['work', 'pay'] }]),
      ),
    },
    fails: { 'PATTERN-DELEGATES-NO-MORE': /from 'lead' to 'first' gives 'pay', which 'first' does not use/ },
  },
  'adds a constraint that the setup does not name': {
    setup: { pattern: careless.addsAConstraint },
    fails: { 'PATTERN-DELEGATES-NO-MORE': /adds the constraint 'reviewed'/ },
  },
  'signs invented details': {
    setup: { pattern: careless.inventsDetails },
    fails: { 'PATTERN-DETAILS-AS-DECLARED': /invoke of 'lead' signs the detail 'approved_by'/ },
  },
  'delegates for too short a time': {
    setup: { pattern: subtle.isInAHurry },
    fails: { 'PATTERN-COMPLETES': /when every answer takes an hour: the run failed with/ },
  },
  'has work for two others only': {
    setup: { pattern: subtle.countsToTwo },
    fails: { 'PATTERN-COMPLETES': /with two agents more: 'third', 'fourth' took no part/ },
  },
  'passes only the start of the input on': {
    setup: { pattern: subtle.asksBriefly },
    fails: { 'PATTERN-USES-INPUT': /with an input of 20000 characters: no agent received its end/ },
  },
  'takes an answer such as 0 for none': {
    setup: { pattern: subtle.overlooksZero },
    fails: {
      'PATTERN-USES-ANSWERS': /when 'first' answers 0: the result was the same as when it answers null/,
    },
  },
  'invents facts for constraint evaluators': {
    setup: { pattern: subtle.inventsFacts },
    fails: { 'PATTERN-DETAILS-AS-DECLARED': /gives constraint evaluators the fact 'approved'/ },
  },
  'declares a detail that it never signs': {
    setup: { pattern: goodPattern, details: ['approved_by'] },
    fails: { 'PATTERN-DETAILS-AS-DECLARED': /no act in \d+ runs signs the detail 'approved_by'/ },
  },
  'always acts as execute': {
    setup: { pattern: careless.alwaysExecutes },
    fails: { 'PATTERN-ACTS-AS-DECLARED': /'first' acted as 'execute', and the setup says work/ },
  },
  'replaces the real error': {
    setup: { pattern: careless.replacesTheError },
    fails: {
      'PATTERN-KEEPS-ERRORS': /when 'lead' fails: .*something went wrong.*; neither this nor a cause/s,
    },
  },
  'throws a string instead of the real error': {
    setup: { pattern: careless.throwsAString },
    fails: { 'PATTERN-KEEPS-ERRORS': /when 'lead' fails: the run failed with PATTERN_FAILED/ },
  },
  'leaks the input of the run before through the details of share': {
    setup: { pattern: leaking.leaksThroughShare, details: ['before'] },
    fails: { 'PATTERN-LEAKS-NOTHING': /details in share of 'lead' holds data of another run \(its input\)/ },
  },
  'leaks the input of the run before through the details of invoke': {
    setup: { pattern: leaking.leaksThroughInvoke, details: ['before'] },
    fails: { 'PATTERN-LEAKS-NOTHING': /details in invoke of 'lead' holds data of another run \(its input\)/ },
  },
  'leaks the input of the run before through report': {
    setup: { pattern: leaking.leaksThroughReport },
    fails: { 'PATTERN-LEAKS-NOTHING': /a report holds data of another run \(its input\)/ },
  },
  'leaks the input of the run before to constraint evaluators': {
    setup: { pattern: leaking.leaksThroughContext, facts: ['before'] },
    fails: { 'PATTERN-LEAKS-NOTHING': /context in invoke of 'lead' holds data of another run/ },
  },
  'leaks the input of a run before through its error': {
    setup: { pattern: leaking.leaksThroughErrors },
    fails: { 'PATTERN-LEAKS-NOTHING': /the error holds data of another run \(its input\)/ },
  },
  'signs the name of the person': {
    setup: { pattern: leaking.signsThePerson, details: ['on_behalf_of'] },
    fails: { 'PATTERN-LEAKS-NOTHING': /details in invoke of 'lead' hold the person in plain/ },
  },
  'caches results across tenants': {
    setup: { pattern: leaking.cachesResults },
    fails: {
      'PATTERN-CALLS-AS-DECLARED': /'lead' was called 0 times/,
      'PATTERN-TENANTS-APART': /in the first tenant, .* the result has an answer from the other tenant/,
    },
    consequences: ['PATTERN-LEAKS-NOTHING', 'PATTERN-SOAKS'],
  },
  'caches the plan of its lead': {
    setup: { pattern: leaking.cachesPlans },
    fails: {
      'PATTERN-CALLS-AS-DECLARED': /'lead' was called 0 times/,
      'PATTERN-TENANTS-APART': /in the first tenant, .* the result has an answer from the other tenant/,
    },
    consequences: ['PATTERN-LEAKS-NOTHING', 'PATTERN-SOAKS'],
  },
  'keeps the options of its first run': {
    setup: {
      pattern: leaking.keepsFirstOptions,
      options: { title: 'one' },
      otherOptions: { title: 'other' },
    },
    fails: { 'PATTERN-OBEYS-OPTIONS': /does what one with the first options does/ },
  },
  'uses the options of the run that started last': {
    setup: {
      pattern: leaking.usesLatestOptions,
      options: { title: 'one' },
      otherOptions: { title: 'other' },
    },
    fails: { 'PATTERN-OBEYS-OPTIONS': /at the same time as others: the run was not as before/ },
  },
  'keeps every execution in memory': {
    setup: { pattern: leaking.keepsExecutions },
    fails: {
      'PATTERN-SOAKS': /after 50 runs of one instance, 45 executions of earlier runs were still in memory/,
    },
  },
  'keeps every answer in memory': {
    setup: { pattern: leaking.keepsAnswers },
    fails: { 'PATTERN-SOAKS': /\d+ inputs or answers of earlier runs were still in memory/ },
  },
  'keeps a listener of every run': {
    setup: { pattern: lingering.collectsListeners },
    fails: { 'PATTERN-SOAKS': /\d+ executions of earlier runs were still in memory/ },
  },
  'does something else after forty runs': {
    setup: { pattern: leaking.Tires },
    fails: { 'PATTERN-SOAKS': /after \d+ runs of one instance the outcome was .*, and at first/ },
  },
  'stops 1.7 s after a cancellation': {
    setup: { pattern: lingering.stopsLate },
    fails: {
      'PATTERN-OBEYS-CANCEL': /while 'lead' work: the pattern's execute\(\) had not settled 500 ms later/,
      'PATTERN-OBEYS-TIMEOUT': /execute\(\) had not settled/,
    },
    consequences: ['PATTERN-DURABLE-SOURCES'],
  },
  'leaves a timer': {
    setup: { pattern: lingering.leavesATimer },
    fails: { 'PATTERN-LEAVES-NOTHING': /when no agent fails: after the run there was still a timer/ },
    consequences: ['PATTERN-DURABLE-SOURCES', 'PATTERN-SOAKS'],
  },
  'leaves an interval': {
    setup: { pattern: lingering.leavesAnInterval },
    fails: { 'PATTERN-LEAVES-NOTHING': /when no agent fails: after the run there was still a timer/ },
    consequences: ['PATTERN-DURABLE-SOURCES', 'PATTERN-SOAKS'],
  },
  'leaves a timer when an agent fails': {
    setup: { pattern: lingering.leavesATimerOnFailure },
    fails: { 'PATTERN-LEAVES-NOTHING': /when 'lead' fails: after the run there was still a timer/ },
    consequences: ['PATTERN-DURABLE-SOURCES'],
  },
  'rejects later': {
    setup: { pattern: lingering.rejectsLater },
    fails: { 'PATTERN-LEAVES-NOTHING': /caused a rejection that nothing handles \(too late\)/ },
  },
  'throws later': {
    setup: { pattern: lingering.throwsLater },
    fails: { 'PATTERN-LEAVES-NOTHING': /caused an error thrown to no caller \(too late\)/ },
    consequences: ['PATTERN-DURABLE-SOURCES'],
  },
  'calls an agent later': {
    setup: { pattern: lingering.callsLater },
    fails: { 'PATTERN-LEAVES-NOTHING': /after the run the pattern still asked to invoke/ },
    consequences: ['PATTERN-DURABLE-SOURCES'],
  },
  ...Object.fromEntries(
    (
      [
        ['reads the clock', undurable.usesTheClock, /used Date\.now\(\)/],
        ['asks for the day of the week', undurable.makesADate, /used new Date\(\)/],
        ['decides by Math.random()', undurable.throwsDice, /used Math\.random\(\)/],
        ['decides by random numbers of Node.js', undurable.drawsLots, /used crypto\.randomInt\(\)/],
        ['makes an id', undurable.namesItself, /used crypto\.randomUUID\(\)/],
        ['pauses by a timer', undurable.pauses, /used a timer/],
        ['reads a file', undurable.readsAFile, /used input or output of its own/],
        ['asks for the name of the machine', undurable.asksForItsMachine, /used os\.hostname\(\)/],
        ['measures the memory', undurable.weighsItself, /used process\.memoryUsage\.rss\(\)/],
        ['writes to the environment', undurable.setsAVariable, /used process\.env\.KIT_RUNS/],
        ['measures the time', undurable.measuresTime, /used performance\.now\(\)/],
        ['looks for a file', undurable.looksForAFile, /used fs\.existsSync\(\)/],
        [
          'reads the clock when an agent has failed',
          undurable.timesFailures,
          /when 'lead' fails: .*Date\.now/,
        ],
      ] as const
    ).map(([what, pattern, observation]): [string, Broken] => [
      what,
      { setup: { pattern }, fails: { 'PATTERN-DURABLE-SOURCES': observation } },
    ]),
  ),
  'labels reviews by the order of their arrival': {
    setup: { pattern: labelsByArrival },
    fails: { 'PATTERN-IGNORES-TIMING': /finish in reverse order: the result was .*"by":"fourth"/ },
  },
  'gives the work of a slow agent to another one as well': {
    setup: { pattern: repeatsWhenSlow, durable: false },
    fails: {
      'PATTERN-WAITS-FOR-SLOW-AGENTS': /every answer takes an hour: 'first' was called 2 times, .* 1 times/,
    },
  },
  'asks another agent after a pause': {
    setup: { pattern: hedges, idle: ['second'], durable: false },
    fails: {
      'PATTERN-WAITS-FOR-SLOW-AGENTS': /takes an hour: 'second' was called 1 times/,
    },
  },
  'starts by the id of the process': {
    setup: { pattern: startsByProcess },
    fails: { 'PATTERN-DURABLE-SOURCES': /when no agent fails: the pattern used process\.pid/ },
  },
  'serves an old answer in place of a failure': {
    setup: { pattern: servesOldAnswers },
    fails: { 'PATTERN-SOAKS': /\d+ inputs or answers of earlier runs were still in memory/ },
  },
  'drops answers that are falsy': {
    setup: { pattern: dropsObjections },
    fails: { 'PATTERN-USES-ANSWERS': /when 'first' answers 0: the result was the same/ },
  },
  'signs the input when an agent fails': {
    setup: { pattern: signsTheInput, details: ['event', 'agent', 'code'] },
    fails: { 'PATTERN-DETAILS-AS-DECLARED': /share of 'lead' signs the detail 'reproduce'/ },
  },
  'goes on reporting after a failure': {
    setup: { pattern: keepsBeating },
    fails: { 'PATTERN-LEAVES-NOTHING': /when 'lead' fails: after the run there was still a timer/ },
    consequences: ['PATTERN-DURABLE-SOURCES'],
  },
  'lifts the constraints of the caller after a denial': {
    setup: { pattern: liftsConstraints },
    fails: {
      'PATTERN-KEEPS-CONSTRAINTS':
        /'kit_label' of the caller denies 'first': a delegation .* does not have 'kit_label'/,
    },
  },
  'looks at the first of several failures only': {
    setup: { pattern: seesOneFailure, tolerates: { agents: workers } },
    fails: {
      'PATTERN-NO-SWALLOWED-FAILURE':
        /cannot record the intent of 'second', and 'first' fails: the run succeeded, and it fails if 'first' does not/,
    },
  },
  'takes silence for consent': {
    setup: { pattern: takesSilenceForConsent, otherOptions: { approvers: ['person-carol'], expiresIn: 50 } },
    fails: {
      'PATTERN-OBEYS-APPROVALS':
        /when an approval expires: the pattern still asked to delegate 'lead' to 'first'/,
    },
  },
  'merges every key of an answer': {
    setup: { pattern: mergesEveryKey },
    fails: {
      'PATTERN-BEARS-ANY-ANSWER':
        /an own field __proto__: the pattern changed Object\.prototype\.\w+ of the whole/,
    },
  },
  'lets its leader change the options': {
    setup: { pattern: obeysItsLeader, otherOptions: { workers: 1 } },
    fails: {
      'PATTERN-OBEYS-NO-ANSWER':
        /'lead' answers with the further fields .*: there was a delegation from 'lead'/,
    },
  },
  'asks its agents in another order when it is executed again': {
    setup: { pattern: undurable.TakesTurns },
    fails: {
      'PATTERN-DURABLE-REPLAYS':
        /when the process dies .*: the resumed run ended with no end: .* is withheld/,
    },
  },
};

/**
 * They make most of the runs, so they test only the patterns that must fail them, and those that must fail nothing. All
 * others test every pattern.
 */
const SLOWEST: readonly string[] = [
  'PATTERN-SOAKS',
  'PATTERN-BEARS-ANY-ANSWER',
  'PATTERN-OBEYS-NO-ANSWER',
  'PATTERN-USES-ANSWERS',
  'PATTERN-IGNORES-TIMING',
  'PATTERN-DURABLE-REPLAYS',
];

describe('patternConformance', () => {
  afterAll(() => lingering.timers.splice(0).forEach(clearTimeout));

  it('passes a pattern that keeps everything', async () => {
    const report = await patternConformance(goodPattern);
    expect(formatReport(report)).toMatch(/^good: (\d+) of \1 requirements met/);
    const withoutOptions = patternRequirements.filter(({ id }) => id !== 'PATTERN-OBEYS-OPTIONS');
    expect(report.findings.map((finding) => finding.id)).toEqual(withoutOptions.map(({ id }) => id));
    expect(report.notChecked).toContain(
      'Whether the pattern obeys its options: the setup has no `otherOptions`.',
    );
  });

  describe.each(Object.entries(BROKEN))('fails a pattern that %s', (_, broken) => {
    const { setup, fails, consequences = [] } = broken;

    it('for exactly the right reasons', async () => {
      const { pattern, ...described } = setup;
      const expected = patternRequirements
        .map(({ id }) => id as string)
        .filter((id) => id in fails || consequences.includes(id));
      const findings = await findingsAbout(
        pattern,
        described,
        (id) => expected.includes(id) || !SLOWEST.includes(id),
      );
      const failed = findings.filter((finding) => !finding.passed);
      expect(failed.map((finding) => finding.id)).toEqual(expected);
      for (const { id, observation } of failed) if (fails[id]) expect(observation).toMatch(fails[id]);
      // A run that does not end by itself is cancelled, so that it does not affect later tests.
      expect(hanging.count).toBe(0);
    });
  });

  it('has a broken pattern for every requirement, or it would not be known to notice anything', () => {
    const noticed = new Set(Object.values(BROKEN).flatMap(({ fails }) => Object.keys(fails)));
    expect([...noticed].sort()).toEqual(patternRequirements.map(({ id }) => id).sort());
  });

  it.each<[string, object]>([
    ["'agent'", { agent: {} }],
    ['no agents', { agents: {} }],
    ["agent 'a' of the setup", { agents: { a: () => 1 } }],
    ["'agent'", { agents: { a: { agent: () => 1 } } }],
    ['run', { agents: { a: { run: 'x' } } }],
    ['calls', { agents: { a: { calls: -1 } } }],
    ['otherwise', { agents: { a: { otherwise: true } } }],
    ['input', { input: [1, 2] }],
    ['comparable', { comparable: 'all' }],
    ['an unknown agent as `leader`', { leader: 'mallory' }],
    ['an unknown agent as `idle`', { idle: ['mallory'] }],
    ['an unknown agent as `actsAfterRefusal`', { actsAfterRefusal: ['mallory'] }],
    ['dependsOnTiming', { dependsOnTiming: 'yes' }],
    ['steers', { agents: { a: { steers: 'workers' } } }],
    ['tolerates', { tolerates: ['first'] }],
    ['agents', { tolerates: { all: true } }],
    ['an unknown agent as `tolerates.agents`', { tolerates: { agents: ['mallory'] } }],
    ['bound', { bound: '5' }],
    ['timeout', { timeout: 0 }],
    ['thoroughness', { thoroughness: 'half' }],
  ])('refuses a setup with one error: %s', async (what, setup) => {
    await expect(patternConformance(goodPattern, setup as never)).rejects.toThrow(
      expect.objectContaining({
        code: 'INVALID_ARGUMENT',
        message: expect.stringContaining(what),
      }) as EatpError,
    );
  });

  it('rejects once, with the error of the pattern, for options that it refuses', async () => {
    await expect(patternConformance(goodPattern, { options: { rounds: 3 } })).rejects.toThrow(
      expect.objectContaining({
        code: 'INVALID_PATTERN_OPTIONS',
        message: expect.stringContaining("The options of pattern 'good' are invalid"),
      }) as EatpError,
    );
  });

  it('refuses a pattern for another version of the plugin interface', async () => {
    const pattern = definePattern({
      name: 'too_new',
      apiVersion: PLUGIN_API_VERSION + 1,
      execute: async () => 'done',
    });
    await expect(patternConformance(pattern)).rejects.toThrow(
      expect.objectContaining({ code: 'PLUGIN_INCOMPATIBLE' }) as EatpError,
    );
  });
});
