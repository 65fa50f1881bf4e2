import {
  FileKeyManager,
  TrustAwareOrchestrationRuntime,
  TrustedAgent,
  TrustOperations,
} from '@kaizen-eatp/core';
import { worker } from '@kaizen-eatp/core/durable';
import { allPatterns } from '@kaizen-eatp/patterns';
import { SqliteTrustStore } from '@kaizen-eatp/store-sqlite';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { kaizen } from './support/kaizen.js';
import { makeWorld, PASSPHRASE, type World } from './support/world.js';

/** Changes what a run asks for, as someone who can write to the database could. */
const SPOIL =
  "UPDATE eatp_steps SET outcome = 'AAAA' || substr(outcome, 5) WHERE run_id = ? AND print LIKE 'wait for approval%'";

let world: World;
let trust: TrustOperations;
let store: SqliteTrustStore;
let runtime: TrustAwareOrchestrationRuntime;
let stop: () => Promise<unknown>;

const call = async (...args: string[]) => {
  const done = await kaizen([...args, '--json'], { env: world.env });
  return { ...done, result: (JSON.parse(done.stdout) as { result: Record<string, never> }).result };
};

/** Submits a run, and returns its id once it waits for a person. */
async function waitingFor(input: unknown, runId: string): Promise<string> {
  const run = await runtime.submit(input, { pattern: 'sequential', runId });
  while ((await run.approvals()).length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  return run.runId;
}

beforeAll(async () => {
  world = makeWorld();
  await call('init', '--name', 'ACME', '--id', 'org');
  await call('establish', 'agent-payer', '--authority', 'org', '--capabilities', 'pay');
  await call('approver', 'establish', 'person-carol', '--authority', 'org', '--actions', 'execute');
  store = await SqliteTrustStore.open({ path: world.path('eatp', 'trust.db') });
  trust = new TrustOperations({
    store,
    keyManager: new FileKeyManager(world.path('eatp', 'keys'), PASSPHRASE),
  });
  const payer = new TrustedAgent({
    name: 'payer',
    trust,
    agent: (input: unknown) => input,
    requiresApproval: { approvers: ['person-carol'] },
  });
  const common = { agents: { payer }, trust, patterns: allPatterns };
  runtime = new TrustAwareOrchestrationRuntime(common);
  const serving = await worker(common);
  stop = () => serving.stop();
});
afterAll(async () => {
  await stop();
  await store.close();
  world.remove();
});

it('shows the approver every part of the input, even parts without a JSON form', async () => {
  const input = {
    to: new Map([['mallory', 9_999n]]),
    codes: new Set([1]),
    bytes: new Uint8Array([7, 8]),
    rate: Number.NaN,
    none: undefined,
    zero: -0,
  };
  const runId = await waitingFor(input, 'run-map');
  const { result, code } = await call('run', 'approvals', runId);
  expect(code).toBe(0);
  const { approvals } = result as unknown as { approvals: { input: unknown }[] };
  expect(approvals[0]?.input).toEqual({
    to: { $eatp: ['map', [['mallory', { $eatp: ['bigint', '9999'] }]]] },
    codes: { $eatp: ['set', [1]] },
    bytes: { $eatp: ['bytes', 'Uint8Array', 'Bwg='] },
    rate: { $eatp: ['number', 'NaN'] },
    none: { $eatp: ['undefined'] },
    zero: { $eatp: ['number', '-0'] },
  });
  expect((await kaizen(['run', 'approvals', runId], { env: world.env })).stdout).toContain('["mallory"');
});

it('needs a yes before it signs, and the request by name if there are several or another one', async () => {
  const runId = await waitingFor([1], 'run-asks');
  const approve = ['run', 'approve', runId, '--as', 'person-carol'];
  const unasked = await kaizen(approve, { env: world.env });
  expect(unasked).toMatchObject({ code: 2 });
  expect(unasked.stderr).toContain('The command needs a confirmation');
  const other = await kaizen([...approve, '--yes', '--request', `${runId}/none`], { env: world.env });
  expect(other).toMatchObject({ code: 2 });
  expect(other.stderr).toContain('has no such open request');
  expect(await runtime.attach(runId).approvals()).toHaveLength(1);
});

it('asks without a character that could hide or reorder what the approver decides about', async () => {
  const runId = await waitingFor('pay\u202eeva\x9b2K\u200b', 'run-hostile');
  const approve = ['run', 'approve', runId, '--as', 'person-carol'];
  const asked = await kaizen(approve, { env: world.env, terminal: true, input: 'n\n' });
  expect(asked.code).toBe(1);
  expect(asked.stderr).toContain('"pay\\u{202e}eva\\u{9b}2K\\u{200b}"? [y/N]');
  expect(asked.stderr).not.toMatch(/[\u202e\x9b\u200b]/);
});

it('one run that cannot be read hides no other, and is named', async () => {
  await waitingFor([2], 'run-good');
  await waitingFor([3], 'run-spoilt');
  const database = new Database(world.path('eatp', 'trust.db'));
  const changed = database.prepare(SPOIL).run('run-spoilt');
  expect(changed.changes).toBeGreaterThan(0);
  database.close();
  const { code, result } = await call('run', 'approvals');
  expect(code).toBe(1);
  const { approvals, unreadable } = result as unknown as {
    approvals: { run_id: string }[];
    unreadable: { run_id: string }[];
  };
  expect(approvals.map(({ run_id }) => run_id)).toContain('run-good');
  expect(unreadable).toMatchObject([{ run_id: 'run-spoilt' }]);
  const shown = await kaizen(['run', 'approvals'], { env: world.env });
  expect(shown.stdout).toMatch(/cannot be read: run run-spoilt: [A-Z_]+: /);
});
