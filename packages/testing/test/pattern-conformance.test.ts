import type { EatpError } from '@kaizen-eatp/core';
import { definePattern, PLUGIN_API_VERSION } from '@kaizen-eatp/core/plugin';
import {
  formatReport,
  type PatternConformanceSetup,
  patternConformance,
  patternRequirements,
  runPatternConformance,
} from '@kaizen-eatp/testing';
import { describe, expect, it } from 'vitest';
import { callsAStranger } from './broken-patterns/calls-a-stranger.js';
import { dropsARecord, smuggle } from './broken-patterns/drops-a-record.js';
import { failsFast } from './broken-patterns/fails-fast.js';
import { forgetsTheOthers } from './broken-patterns/forgets-the-others.js';
import { goodPattern } from './broken-patterns/good-pattern.js';
import { hanging, hangsOnFailure } from './broken-patterns/hangs-on-failure.js';
import { ignoresCancel } from './broken-patterns/ignores-cancel.js';
import { ignoresCancelOfMany } from './broken-patterns/ignores-cancel-of-many.js';
import { leavesAnAgentOut } from './broken-patterns/leaves-an-agent-out.js';
import { makesDoWithout } from './broken-patterns/makes-do-without.js';
import { misspellsAnOption } from './broken-patterns/misspells-an-option.js';
import { MixesResults } from './broken-patterns/mixes-results.js';
import { MixesRuns } from './broken-patterns/mixes-runs.js';
import { needsAMethod } from './broken-patterns/needs-a-method.js';
import { returnsEarly } from './broken-patterns/returns-early.js';
import { skipsADelegation } from './broken-patterns/skips-a-delegation.js';
import { stopsAsking } from './broken-patterns/stops-asking.js';
import { swallowsAFailure } from './broken-patterns/swallows-a-failure.js';
import { swallowsLate } from './broken-patterns/swallows-late.js';
import { widensAScope } from './broken-patterns/widens-a-scope.js';

interface Broken {
  readonly setup: PatternConformanceSetup;
  /** Every requirement that fails, and no other, with what its reason must say. */
  readonly fails: Readonly<Record<string, RegExp>>;
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
    setup: { pattern: swallowsLate },
    fails: { 'PATTERN-NO-SWALLOWED-FAILURE': /when 'lead' fails at call 2: the run succeeded/ },
  },
  'neither fails nor ends when a child fails': {
    setup: { pattern: hangsOnFailure, bound: 400 },
    fails: { 'PATTERN-NO-SWALLOWED-FAILURE': /when 'first' fails: the run neither failed nor ended/ },
  },
  'ignores cancel': {
    setup: { pattern: ignoresCancel, bound: 400 },
    fails: {
      'PATTERN-OBEYS-CANCEL': /while 'lead' work: the pattern's execute\(\) had not settled 400 ms later/,
      'PATTERN-OBEYS-TIMEOUT': /execute\(\) had not settled/,
    },
  },
  'ignores cancel while several are at work': {
    setup: { pattern: ignoresCancelOfMany, bound: 400 },
    fails: {
      'PATTERN-OBEYS-CANCEL': /while 'first', 'second' work: the pattern's execute\(\) had not settled/,
      'PATTERN-OBEYS-TIMEOUT': /execute\(\) had not settled/,
    },
  },
  'drops a record': {
    setup: { pattern: dropsARecord, introduce: smuggle },
    fails: {
      'PATTERN-NO-UNRECORDED-ACT': /when no agent fails: 'first' was called, and the trail has 0 records/,
    },
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
      'PATTERN-RUNS-APART': /concurrently with other runs, with mark-\w+, '\w+' received data of another run/,
    },
  },
  'mixes the results of runs': {
    setup: { pattern: MixesResults },
    fails: {
      'PATTERN-RUNS-APART':
        /concurrently with other runs, with mark-\w+, the result was .*, and alone it was /,
    },
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
};

describe('patternConformance', () => {
  it('passes a pattern that keeps everything', async () => {
    const report = await patternConformance(goodPattern);
    expect(formatReport(report)).toMatch(/^good: (\d+) of \1 requirements met/);
    expect(report.findings.map((finding) => finding.id)).toEqual(patternRequirements.map(({ id }) => id));
  });

  describe.each(Object.entries(BROKEN))('fails a pattern that %s', (_, { setup, fails }) => {
    it('for exactly the right reasons', async () => {
      const report = await runPatternConformance(setup);
      const failed = report.findings.filter((finding) => !finding.passed);
      expect(
        failed.map((finding) => finding.id),
        formatReport(report),
      ).toEqual(Object.keys(fails));
      for (const { id, reason } of failed) expect(reason).toMatch(fails[id] as RegExp);
      expect(report.passed).toBe(false);
      // A run that does not end by itself is cancelled, so that it does not affect later tests.
      expect(hanging.count).toBe(0);
    });
  });

  it('has a broken pattern for every requirement, or it would not be known to notice anything', () => {
    const noticed = new Set(Object.values(BROKEN).flatMap(({ fails }) => Object.keys(fails)));
    expect([...noticed].sort()).toEqual(patternRequirements.map(({ id }) => id).sort());
  });

  it.each<[string, object]>([
    ["'agent' in the setup", { agent: {} }],
    ['no agents', { agents: {} }],
    ["no object as agent 'a'", { agents: { a: () => 1 } }],
    ["'agent' in agent 'a'", { agents: { a: { agent: () => 1 } } }],
    ["agent 'a' with nothing to run", { agents: { a: { run: 'x' } } }],
    ['an unknown agent as `leader`', { leader: 'mallory' }],
    ['an unknown agent as `idle`', { idle: ['mallory'] }],
    ['no object as `tolerates`', { tolerates: ['first'] }],
    ['no list as `tolerates.agents`', { tolerates: { all: true } }],
    ['an unknown agent as `tolerates.agents`', { tolerates: { agents: ['mallory'] } }],
    ['no time as `bound`', { bound: '5' }],
    ['no time as `timeout`', { timeout: 0 }],
  ])('refuses a setup that has %s', (what, setup) => {
    expect(() => patternConformance(goodPattern, setup)).toThrow(
      expect.objectContaining({
        code: 'INVALID_ARGUMENT',
        message: expect.stringContaining(what),
      }) as EatpError,
    );
  });

  it('finds that a pattern never ran with options that it refuses', async () => {
    const { passed, findings } = await patternConformance(goodPattern, { options: { rounds: 3 } });
    expect(passed).toBe(false);
    for (const { reason } of findings) expect(reason).toContain("The options of pattern 'good' are invalid");
  });

  it('refuses a pattern for another version of the plugin interface', () => {
    const pattern = definePattern({
      name: 'too_new',
      apiVersion: PLUGIN_API_VERSION + 1,
      execute: async () => 'done',
    });
    expect(() => runPatternConformance({ pattern })).toThrow(
      expect.objectContaining({ code: 'PLUGIN_INCOMPATIBLE' }) as EatpError,
    );
  });
});
