import type { PatternPlugin } from '@kaizen-eatp/core/plugin';
import type { PatternConformanceSetup, PatternRequirementId } from '@kaizen-eatp/testing';
import { describe, expect, it } from 'vitest';
import { findingsAbout } from '../src/pattern/pattern-conformance.js';
import * as cappedBatch from './strangers-patterns/capped-batch.js';
import { pattern as datedBrief } from './strangers-patterns/dated-brief.js';
import * as expertPanel from './strangers-patterns/expert-panel.js';
import * as fourEyes from './strangers-patterns/four-eyes.js';
import * as leasedWork from './strangers-patterns/leased-work.js';
import { pattern as limitedReview } from './strangers-patterns/limited-review.js';
import { pattern as panel } from './strangers-patterns/panel.js';
import { pattern as polishChain } from './strangers-patterns/polish-chain.js';
import { pattern as reportedTeam } from './strangers-patterns/reported-team.js';
import * as resumableLine from './strangers-patterns/resumable-line.js';
import * as roundTable from './strangers-patterns/round-table.js';
import { pattern as sharedPlan } from './strangers-patterns/shared-plan.js';
import * as stageChain from './strangers-patterns/stage-chain.js';
import { pattern as standIn } from './strangers-patterns/stand-in.js';
import { pattern as swiftTeam } from './strangers-patterns/swift-team.js';
import { pattern as tunedTeam } from './strangers-patterns/tuned-team.js';
import * as valueDate from './strangers-patterns/value-date.js';
import { pattern as watchedRelay } from './strangers-patterns/watched-relay.js';

interface Case {
  readonly pattern: PatternPlugin;
  readonly setup?: PatternConformanceSetup;
  /** The requirement that the fault breaks. */
  readonly fails: PatternRequirementId;
  /** A part of its observation. */
  readonly saying: RegExp;
}

const three = { lead: {}, first: {}, second: {} };
const four = { ...three, third: {} };
const tolerates = { agents: ['first', 'second', 'third'] };

const CASES: Readonly<Record<string, Case>> = {
  'counts an answer such as 0 as none': {
    pattern: polishChain,
    fails: 'PATTERN-USES-ANSWERS',
    saying: /when 'first' answers 0: the result was the same as when it answers null/,
  },
  'repeats a delegation that failed without the limits of the caller': {
    pattern: limitedReview,
    fails: 'PATTERN-KEEPS-CONSTRAINTS',
    saying:
      /when the first delegation to 'first' fails with STORE_FAILED: 'lead' delegates work under audit_required,/,
  },
  'shares one call of its leader among concurrent runs': {
    pattern: sharedPlan,
    fails: 'PATTERN-TENANTS-APART',
    saying: /at the same time as in the other, the result has an answer from the other tenant/,
  },
  'names one of several agents that failed in the same way': {
    pattern: panel,
    setup: { agents: four, tolerates },
    fails: 'PATTERN-NO-SWALLOWED-FAILURE',
    saying: /when 'first' and 'second' fail: the result does not say that 'first' failed/,
  },
  'lets its leader do what was denied to a worker': {
    pattern: standIn,
    fails: 'PATTERN-CALLS-AS-DECLARED',
    saying: /when a tool of 'first' is denied to it: 'lead' was called 2 times/,
  },
  'takes limits from the answer of its leader': {
    pattern: tunedTeam,
    fails: 'PATTERN-OBEYS-NO-ANSWER',
    saying: /when 'lead' answers with the further fields constraints: there was a delegation/,
  },
  'leaves a watchdog when it fails': {
    pattern: watchedRelay,
    fails: 'PATTERN-LEAVES-NOTHING',
    saying: /when 'lead' fails: after the run there was still a timer/,
  },
  'calls a slow agent twice, by a timer of its own': {
    pattern: swiftTeam,
    fails: 'PATTERN-DURABLE-SOURCES',
    saying: /the pattern used a timer/,
  },
  'records the failure of a worker as a success': {
    pattern: reportedTeam,
    setup: { agents: four, tolerates, details: ['event', 'agent', 'code'] },
    fails: 'PATTERN-SHOWS-DENIALS',
    saying: /share of 'lead' records the failure of a request to delegate \(CHAIN_INVALID\) as a success/,
  },
  'takes the date from the clock of its process': {
    pattern: datedBrief,
    fails: 'PATTERN-DURABLE-SOURCES',
    saying: /the pattern used new Date\(\)/,
  },
  'takes the labels of its caller apart': {
    ...roundTable,
    fails: 'PATTERN-KEEPS-CONSTRAINTS',
    saying: /does not have 'kit_terms:first=1,second=2'/,
  },
  'tells the time in the time zone of its process': {
    ...valueDate,
    fails: 'PATTERN-DURABLE-SOURCES',
    saying: /the time zone of its process: Date\.prototype\.getHours\(\)/,
  },
  'continues what another tenant left unfinished': {
    ...resumableLine,
    fails: 'PATTERN-TENANTS-APART',
    saying: /with the id of a task in which 'draft' failed in another tenant: 'intake' was not called/,
  },
  'gives the answer of one expert to another who failed': {
    ...expertPanel,
    fails: 'PATTERN-NOTHING-LOST',
    saying: /when 'counsel' fails: the result gives the answer of 'auditor' to 'counsel'/,
  },
  'signs that all approved, though one did not': {
    ...fourEyes,
    fails: 'PATTERN-DETAILS-AS-DECLARED',
    saying: /when 'legal' decides otherwise: the detail 'approved_by' is signed as/,
  },
  'has a refused delegation made by an agent with fewer limits': {
    ...stageChain,
    fails: 'PATTERN-KEEPS-CONSTRAINTS',
    saying: /to 'publish' fails with DELEGATION_REFUSED: 'collect' delegates/,
  },
  'renews a delegation that was revoked': {
    ...leasedWork,
    fails: 'PATTERN-CALLS-AS-DECLARED',
    saying: /when the delegation to 'miller' is revoked while it works: 'miller' was called 4 times/,
  },
  'counts the costs of the agent that finishes last only': {
    ...cappedBatch,
    fails: 'PATTERN-IGNORES-TIMING',
    saying: /finish in reverse order, with the other options: the result was/,
  },
};

/** Their authors had not read the kit. */
describe.each(Object.entries(CASES))('fails a pattern of a stranger that %s', (_, given) => {
  it('with an observation of the fault', async () => {
    const { pattern, setup = {}, fails, saying } = given;
    const described = { agents: three, otherOptions: { constraints: ['read_only'] }, ...setup };
    const [finding] = await findingsAbout(pattern, described, (id) => id === fails);
    expect(finding?.observation).toMatch(saying);
  });
});
