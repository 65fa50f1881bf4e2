import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Finished, kaizen, resultIn, runKaizen, startKaizen } from './kaizen.js';
import { wordsOf } from './run-script.js';
import { SERVICE_CALLS } from './services.js';
import type { World } from './world.js';

/** Tests the worker in processes of its own over one store: it executes runs, waits for approvals, and ends. */
export function describeWorker(
  kind: string,
  prepare: () => World,
  options: () => readonly string[] = () => [],
): void {
  describe(`kaizen-eatp worker over ${kind}`, () => {
    let world: World;
    const call = async (...args: string[]): Promise<Finished> => {
      // The module of agents uses the compiled core, so the command must be compiled, too.
      const done = await runKaizen(args, world.env);
      expect(done, done.stderr + done.stdout).toMatchObject({ code: 0 });
      return done;
    };
    const agents = (): string[] => [
      ...['--agent', `adder=node ${world.path('adder.mjs')}`],
      ...['--module', world.path('agents.mjs')],
    ];
    const stateOf = async (runId: string): Promise<unknown> =>
      resultIn(await kaizen(['run', 'show', runId, '--json'], { env: world.env })).state;
    const until = async (runId: string, wanted: string): Promise<void> => {
      for (;;) {
        const state = await stateOf(runId);
        if (state === wanted) return;
        expect(['queued', 'running', 'waiting']).toContain(state);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    };
    const startWorker = (...more: string[]) => {
      const words = wordsOf(SERVICE_CALLS.worker.replaceAll('{folder}', world.folder));
      const child = startKaizen([...words, ...options(), ...more, '--json'], world.env);
      let stderr = '';
      child.stderr.on('data', (chunk) => {
        stderr += chunk;
      });
      return { child, closed: once(child, 'close').then(([code]) => ({ code: code as number, stderr })) };
    };

    beforeAll(async () => {
      world = prepare();
      await call('init', '--name', 'ACME', '--id', 'org');
      await call('establish', 'agent-adder', '--authority', 'org', '--capabilities', 'add');
      await call('establish', 'agent-teller', '--authority', 'org', '--capabilities', 'tell');
      await call('approver', 'establish', 'person-carol', '--authority', 'org', '--actions', 'execute');
      writeFileSync(
        world.path('adder.mjs'),
        "let text = ''; for await (const part of process.stdin) text += part;" +
          'console.log(JSON.parse(text).reduce((a, b) => a + b));',
      );
      const core = new URL('../../../core/dist/index.js', import.meta.url).href;
      writeFileSync(
        world.path('agents.mjs'),
        `import { TrustedAgent } from '${core}';
         export const agents = ({ trust }) => ({
           teller: new TrustedAgent({ name: 'teller', trust, agent: (sum) => 'The sum is ' + sum + '.' }),
         });`,
      );
    });
    afterAll(() => world.remove());

    it('executes the runs that other processes submitted, and leaves the rest queued when it is interrupted', async () => {
      const submitted = await runKaizen(
        ['run', 'start', '[3, 4]', ...agents(), '--durable', '--run', 'run-1', '--json'],
        world.env,
      );
      expect(submitted, submitted.stdout).toMatchObject({ code: 0 });
      const worker = startWorker();
      try {
        await Promise.race([
          until('run-1', 'succeeded'),
          worker.closed.then((end) => expect(end).toBe('running')),
        ]);
        await call('trail', 'verify', 'run-1');
      } finally {
        worker.child.kill('SIGINT');
      }
      expect(await worker.closed).toMatchObject({ code: 0, stderr: '' });
      await call('run', 'start', '[1]', ...agents(), '--durable', '--run', 'run-2');
      expect(await stateOf('run-2')).toBe('queued');
      await call('run', 'cancel', 'run-2', '--yes');
    });

    it.each([
      ['approve', 'succeeded'],
      ['reject', 'failed'],
    ])('waits for a person, whose signature lets the run go on: %s, %s', async (decision, end) => {
      const runId = `run-${decision}`;
      const approval = ['--approval', 'adder=person-carol'];
      await call('run', 'start', '[3, 4]', ...agents(), ...approval, '--durable', '--run', runId);
      const worker = startWorker(...approval);
      try {
        await until(runId, 'waiting');
        const { approvals } = resultIn(
          await call('run', 'approvals', '--approver', 'person-carol', '--json'),
        ) as { approvals: object[] };
        expect(approvals).toMatchObject([
          { run_id: runId, agent_id: 'agent-adder', action: 'execute', input: [3, 4], answered: [] },
        ]);
        expect((await call('run', 'approvals', '--approver', 'person-dave')).stdout).toMatch(/^0 requests/);
        const stranger = await kaizen(
          ['run', decision, runId, '--as', 'person-dave', '--key', 'person-carol', '--yes', '--json'],
          { env: world.env },
        );
        expect(stranger).toMatchObject({ code: 1 });
        expect(stranger.stdout).toContain('APPROVAL_REFUSED');
        const answered = await call(
          'run',
          decision,
          runId,
          '--as',
          'person-carol',
          '--reason',
          'seen',
          '--yes',
        );
        expect(answered.stdout).toMatch(/^person-carol (approved|rejected) 'execute' of agent-adder\./);
        await until(runId, end);
      } finally {
        worker.child.kill('SIGINT');
      }
      await worker.closed;
      await call('trail', 'verify', runId);
      const trail = await call('trail', 'show', runId, '--format', 'jsonl', '--quiet');
      expect(trail.stdout).toMatch(new RegExp(`"decision":"${decision}"[^}]*"reason":"seen"`));
      expect(
        (await kaizen(['run', decision, runId, '--as', 'person-carol', '--yes'], { env: world.env })).code,
      ).toBe(2);
    });

    it('needs agents', async () => {
      expect(await kaizen(['worker', '--json'], { env: world.env })).toMatchObject({ code: 2 });
    });
  });
}
