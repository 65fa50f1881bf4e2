import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { SqliteTrustStore } from '@kaizen-eatp/store-sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kaizen } from './support/kaizen.js';
import { wordsOf } from './support/run-script.js';
import { makeWorld, runAgents, type World } from './support/world.js';

const page = readFileSync(fileURLToPath(new URL('../../../docs/questions.md', import.meta.url)), 'utf8');
const questions = [...page.matchAll(/^\| (.+\?) \| `kaizen-eatp (.+?)`/gm)].map(
  ([, question, call]) => ({ question, call }) as { question: string; call: string },
);

/** The answer that each question gets in the deployment below, in the order of the page. */
const ANSWERS: readonly RegExp[] = [
  /agent-analyst to agent-clerk: .* \[read_only\]/,
  /report\n {4}pay/,
  /^VERIFIED: agent-clerk is allowed to 'pay'\.[\s\S]*Authority: +org-acme/,
  /agent-analyst {2}execute[\s\S]*agent-clerk {2}pay/,
  /success {2}agent-clerk {2}pay/,
  /denied {3}agent-clerk {2}pay.*read_only/,
  /\d records of agent-clerk/,
  /1 trail|2 trails|3 trails/,
  /failed/,
  /orchestration_complete/,
  /would end:\n {2}1 agent: agent-clerk/,
  /"reason":"left the company"/,
  /delegates to agent-helper for task t-1: report/,
  /^VALID: trail run-/,
  /VALID: trail outside-runs/,
  /^VALID: the store has everything/,
  /^VALID: /,
  /^VERIFIED: every signature/,
  /org-acme +ACME +organization +active +yes/,
  /^HEALTHY/,
];

describe('the twenty questions', () => {
  let world: World;
  let runId: string;
  beforeAll(async () => {
    world = makeWorld();
    const { env } = world;
    const call = async (...args: string[]): Promise<void> => {
      const done = await kaizen(args, { env });
      expect(done, done.stderr).toMatchObject({ code: 0 });
    };
    await call('init', '--name', 'ACME', '--id', 'org-acme');
    const store = await SqliteTrustStore.open({ path: world.path('eatp', 'trust.db') });
    ({ runId } = await runAgents(world, store, 'org-acme', { payment: true }));
    await store.close();
    for (const agent of ['agent-lead', 'agent-helper', 'agent-gone', 'agent-broken'])
      await call('establish', agent, '--authority', 'org-acme', '--capabilities', 'report');
    await call(
      'delegate',
      '--from',
      'agent-lead',
      '--to',
      'agent-helper',
      '--capabilities',
      'report',
      '--task',
      't-1',
    );
    await call('checkpoint', 'create', '--file', world.path('checkpoints.jsonl'));
    await call('revoke', 'agent', 'agent-gone', '--yes', '--reason', 'left the company');
    writeFileSync(world.path('fail.mjs'), 'process.exit(3);');
    const failed = await kaizen(['run', 'start', '--agent', `broken=node ${world.path('fail.mjs')}`], {
      env,
    });
    expect(failed.code).toBe(1);
  });
  afterAll(() => world.remove());

  it('are twenty, each with its answer', () => {
    expect(questions).toHaveLength(20);
    expect(ANSWERS).toHaveLength(20);
    expect(new Set(questions.map(({ call }) => call)).size).toBe(20);
  });

  it.each(questions.map((each, i) => ({ ...each, answer: ANSWERS[i] as RegExp })))(
    '$question',
    async ({ call, answer }) => {
      const words = wordsOf(call).map((word) => {
        if (word === 'run-1') return runId;
        return ['receipt.json', 'checkpoints.jsonl'].includes(word) ? world.path(word) : word;
      });
      const done = await kaizen(words, { env: world.env });
      expect(done, done.stderr).toMatchObject({ code: 0 });
      expect(done.stdout).toMatch(answer);
    },
  );
});
