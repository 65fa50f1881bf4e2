import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { SqliteTrustStore } from '@kaizen-eatp/store-sqlite';
import { expect } from 'vitest';
import { kaizen } from './kaizen.js';
import { makeWorld, runAgents, type World } from './world.js';

const page = readFileSync(fileURLToPath(new URL('../../../../docs/questions.md', import.meta.url)), 'utf8');

/** The questions of the page, each with its command and its screen. */
export const questions = [...page.matchAll(/^\| (.+\?) \| `kaizen-eatp (.+?)` \| (.+?) \|$/gm)].map(
  ([, question = '', call = '', screen = '']) => ({ question, call, screen }),
);

/** Makes the deployment that the questions are asked about. @returns it, and the run of task `report-001`. */
export async function questionsWorld(): Promise<{ world: World; runId: string }> {
  const world = makeWorld();
  const { env } = world;
  const call = async (...args: string[]): Promise<void> => {
    const done = await kaizen(args, { env });
    expect(done, done.stderr).toMatchObject({ code: 0 });
  };
  await call('init', '--name', 'ACME', '--id', 'org-acme');
  const store = await SqliteTrustStore.open({ path: world.path('eatp', 'trust.db') });
  const { runId } = await runAgents(world, store, 'org-acme', { payment: true });
  await store.close();
  for (const agent of ['agent-lead', 'agent-helper', 'agent-gone', 'agent-broken'])
    await call('establish', agent, '--authority', 'org-acme', '--capabilities', 'report');
  const given = ['--from', 'agent-lead', '--to', 'agent-helper', '--capabilities', 'report', '--task', 't-1'];
  await call('delegate', ...given);
  await call('checkpoint', 'create', '--file', world.path('checkpoints.jsonl'));
  await call('revoke', 'agent', 'agent-gone', '--yes', '--reason', 'left the company');
  writeFileSync(world.path('fail.mjs'), 'process.exit(3);');
  const failed = await kaizen(['run', 'start', '--agent', `broken=node ${world.path('fail.mjs')}`], { env });
  expect(failed.code).toBe(1);
  return { world, runId };
}
