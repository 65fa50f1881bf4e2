import { type AuditAnchor, type DelegationRecord, EatpError } from '@kaizen-eatp/core';
import { describe, expect, it } from 'vitest';
import { staysApart } from '../src/pattern/company.js';
import { completeSetup } from '../src/pattern/complete-setup.js';
import { narrowsOnly } from '../src/pattern/narrowing.js';
import type { Observation } from '../src/pattern/observation.js';
import { PatternTrial } from '../src/pattern/pattern-trial.js';
import { recordsEverything } from '../src/pattern/records.js';
import { leavesWorkBehind, widens } from '../src/pattern/refusals.js';
import { obeysCancel } from '../src/pattern/stopping.js';
import { goodPattern } from './broken-patterns/good-pattern.js';

type Check = (trial: PatternTrial) => Promise<string | undefined>;

/** The runs of a good pattern, of which the first is changed as no guard would let it be stored. */
function trialWith(
  change: Partial<Observation> | ((seen: Observation) => Partial<Observation>),
): PatternTrial {
  const trial = new PatternTrial(completeSetup(goodPattern, {}));
  const changed = (seen: Observation): Observation => ({
    ...seen,
    ...(typeof change === 'function' ? change(seen) : change),
  });
  const { ok, company } = trial;
  return Object.assign(trial, {
    ok: async () => changed(await ok()),
    company: async () => {
      const seen = await company();
      return { ...seen, together: seen.together.map(changed) };
    },
  });
}

const delegation = (seen: Observation, more: Partial<DelegationRecord>): Partial<Observation> => {
  const [first, ...others] = seen.delegations as [DelegationRecord, ...DelegationRecord[]];
  return { delegations: [{ ...first, ...more }, ...others] };
};

const anchor = (seen: Observation, change: (first: AuditAnchor) => AuditAnchor): Partial<Observation> => {
  const [first, ...others] = seen.trail as [AuditAnchor, ...AuditAnchor[]];
  return { trail: [change(first), ...others] };
};

const WRONGS: Readonly<Record<string, [Check, Parameters<typeof trialWith>[0], RegExp]>> = {
  'a delegation without an inherited constraint': [
    narrowsOnly,
    (seen) => delegation(seen, { constraintSubset: [] }),
    /leaves out the constraint 'audit_required'/,
  ],
  'a delegation of more than the one above it gives': [
    narrowsOnly,
    (seen) => {
      const parentDelegationId = seen.delegations[1]?.id as string;
      return delegation(seen, { parentDelegationId, capabilitiesDelegated: ['work', 'administer'] });
    },
    /gives 'administer', which the one above it does not/,
  ],
  'a call with two records': [
    recordsEverything,
    (seen) => ({ trail: [...seen.trail, ...seen.trail.slice(0, 1)] }),
    /'lead' was called, and the trail has 2 records of that call/,
  ],
  'a failure that is recorded as something else': [
    recordsEverything,
    (seen) => ({
      calls: { lead: seen.calls.lead?.map((call) => ({ ...call, outcome: 'threw' as const })) ?? [] },
    }),
    /'lead' failed, and the trail says 'success'/,
  ],
  'an act outside the run': [
    recordsEverything,
    { outsideEntries: 1 },
    /1 acts were recorded outside the run/,
  ],
  'an intent without an outcome': [
    recordsEverything,
    { openIntents: 2 },
    /2 intents were left without an outcome/,
  ],
  'a trail that does not verify': [
    recordsEverything,
    { verification: { valid: false, state: 'broken', problems: [{ reason: 'a link is broken' }] } as never },
    /the trail does not verify: it is broken; a link is broken/,
  ],
  'a record of another run': [
    staysApart,
    (seen) => anchor(seen, (first) => ({ ...first, context: { ...first.context, task_id: 'other' } })),
    /the trail has a record of other/,
  ],
};

describe('the kit notices, though no guard lets it be stored,', () => {
  it.each(Object.entries(WRONGS))('%s', async (_, [check, change, reason]) => {
    expect(await check(trialWith(change))).toMatch(reason);
    expect(await check(trialWith({}))).toBeUndefined();
  });
});

describe('a fault shows', () => {
  const plain = { asked: [], leftBehind: [], circumstances: 'here', calls: {} } as never as Observation;
  const asked = {
    op: 'delegate',
    agents: ['lead', 'first'],
    isGiven: true,
    value: undefined,
    options: {},
    isPending: false,
    isLate: false,
  } as const;
  const refusals = [
    'CAPABILITY_NOT_HELD',
    'DELEGATION_REFUSED',
    'DELEGATION_CYCLE',
    'DELEGATION_DEPTH_EXCEEDED',
  ] as const;

  it.each(refusals)('in a delegation that was refused as %s', (code) => {
    const error = new EatpError(code, 'no', { remedy: 'Ask.' });
    expect(widens({ ...plain, asked: [{ ...asked, error }] })).toMatch(/'lead' to 'first' was refused: no/);
    expect(widens({ ...plain, asked: [asked] })).toBeUndefined();
  });

  it('in what is left behind, unless the run was stopped', () => {
    const leftBehind = [{ ...asked, isPending: true }];
    const stop = { code: 'EXECUTION_CANCELLED', runEnded: true, patternEnded: true } as const;
    expect(leavesWorkBehind({ ...plain, leftBehind })).toMatch(/in progress: delegate of 'first'/);
    expect(leavesWorkBehind({ ...plain, leftBehind, stop })).toBeUndefined();
  });

  it.each([
    [{ runEnded: false }, {}, /the run had not ended 500 ms later/],
    [{ patternEnded: false }, {}, /the pattern's execute\(\) had not settled 500 ms later/],
    [
      {},
      { outcome: { status: 'succeeded', result: 1 } },
      /expected EXECUTION_CANCELLED, but the run succeeded/,
    ],
    [{}, { calls: { first: [{ outcome: 'running' }] } }, /the invocation of 'first' was not aborted/],
    // An end that another requirement explains counts once.
    [{ runEnded: false }, { asked: [{ ...asked, isGiven: false }] }, undefined],
    [undefined, {}, undefined],
  ])('in how a run was stopped: %j %j', async (stopped, more, reason) => {
    const outcome = { status: 'failed', error: { code: 'EXECUTION_CANCELLED' } };
    const stop = { code: 'EXECUTION_CANCELLED', runEnded: true, patternEnded: true, ...stopped };
    const observation = { ...plain, outcome, ...(stopped && { stop }), ...more } as Observation;
    const trial = Object.assign(trialWith({}), { cancelled: async () => [observation] });
    const found = await obeysCancel(trial);
    if (reason) expect(found).toMatch(reason);
    else expect(found).toBeUndefined();
  });
});
