import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { OrchestrationResult } from '@kaizen-eatp/core';
import { expect, it, onTestFinished } from 'vitest';
import { main } from '../src/main.ts';

const fileOf = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const short = (id: string): string => id.replace(/^agent-/, '');
const grants = ({ delegations }: OrchestrationResult): string[] =>
  delegations.map(
    ({ delegatorId, delegateeId, capabilitiesDelegated, constraintSubset }) =>
      `${short(delegatorId)} → ${short(delegateeId)}: ${[...capabilitiesDelegated, ...constraintSubset].join(', ')}`,
  );
const trail = ({ auditTrail }: OrchestrationResult): string[] =>
  auditTrail.map(({ agentId, action, result }) => `${short(agentId)} ${action} ${result}`);

it('reviews a quarter in two languages, and debates what follows, with Kaizen agents as they are', async () => {
  const { review, debate, completions, receipts } = await main(() => undefined);

  // Counted independently, with awk.
  expect(review.result).toEqual({
    downtime: { '2025-10': 534, '2025-11': 723, '2025-12': 746 },
    causes: { deploy: 705, dependency: 361, capacity: 529, configuration: 408 },
    customers: { checkout: 16_514, search: 5_600, billing: 1_243, login: 14_226 },
  });
  expect(grants(review).sort()).toEqual([
    ...Array(3).fill('supervisor → impact: impact, read_only'),
    ...Array(3).fill('supervisor → reliability: downtime, read_only'),
  ]);
  expect(trail(review).sort()).toEqual([
    ...Array(3).fill('impact impact success'),
    ...Array(3).fill('reliability downtime success'),
    'supervisor execute success',
    'supervisor execute success',
    'supervisor orchestration_complete success',
  ]);

  expect(debate.result).toMatchObject({
    decision: 'for',
    winner: 'careful',
    rounds: [{ for: { argument: expect.stringContaining('534 , 723 , 746 minutes') } }],
  });
  expect(grants(debate)).toEqual(['judge → careful: argue, rebut', 'judge → sceptic: argue, rebut']);
  expect(trail(debate).at(-2)).toMatch(/^judge \S+ success$/);
  const records = [...review.auditTrail, ...debate.auditTrail];
  const [pseudonym, ...others] = new Set(
    records.map(({ context }) => (context as { person: { pseudonym: string } }).person.pseudonym),
  );
  expect([pseudonym, others]).toEqual([expect.stringMatching(/^person-[0-9a-f]{32}$/), []]);
  // The records name the person by a pseudonym only.
  expect(JSON.stringify(records)).not.toContain('alice@acme.example');
  // Kaizen's own client asked the model, for the argument and for the rebuttal.
  expect(completions).toBe(2);

  // The Python reference accepts all records of both receipts.
  const folder = mkdtempSync(join(tmpdir(), 'eatp-mixed-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [i, receipt] of receipts.entries()) {
    const path = join(folder, `${i}.json`);
    writeFileSync(path, receipt);
    const { stdout, status } = spawnSync(
      fileOf('../../../.venv/bin/python'),
      [fileOf('../../../interop/python/verify_receipt.py'), path],
      { encoding: 'utf8' },
    );
    expect([status, stdout.trim().split('\n').at(-1)]).toEqual([
      0,
      expect.stringMatching(/^\d+ accepted, 0 refused$/),
    ]);
  }
}, 60_000);
