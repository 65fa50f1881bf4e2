import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kaizen } from './support/kaizen.js';
import { questions, questionsWorld } from './support/questions-world.js';
import { wordsOf } from './support/run-script.js';
import type { World } from './support/world.js';

/** The answer that each question gets in the deployment below, in the order of the page. */
const ANSWERS: readonly RegExp[] = [
  /agent-analyst to agent-clerk: .* \[read_only\]/,
  /report\n {4}pay/,
  /^VERIFIED: agent-clerk is allowed to 'pay'\.[\s\S]*Authority: +org-acme/,
  /agent-analyst {2}execute[\s\S]*agent-clerk {2}pay/,
  /success {2}agent-clerk {2}pay/,
  /denied {3}agent-clerk {2}pay.*read_only/,
  /\d records of agent-clerk/,
  /^2 runs\n/,
  /failed/,
  /orchestration_complete/,
  /would end:\n {2}1 agent: agent-clerk/,
  /revoke_agent on agent-gone: left the company/,
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
    ({ world, runId } = await questionsWorld());
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
