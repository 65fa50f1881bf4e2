import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kaizen, resultIn, runKaizen, startKaizen } from './support/kaizen.js';
import { wordsOf } from './support/run-script.js';
import { SERVICE_CALLS } from './support/services.js';
import { makeWorld, type World } from './support/world.js';

describe('kaizen-eatp worker', () => {
  let world: World;
  beforeAll(async () => {
    world = makeWorld();
    for (const args of [
      ['init', '--name', 'ACME', '--id', 'org'],
      ['establish', 'agent-adder', '--authority', 'org', '--capabilities', 'add'],
      ['establish', 'agent-teller', '--authority', 'org', '--capabilities', 'tell'],
    ]) {
      const done = await kaizen(args, { env: world.env });
      expect(done, done.stderr).toMatchObject({ code: 0 });
    }
    writeFileSync(
      world.path('adder.mjs'),
      "let text = ''; for await (const part of process.stdin) text += part;" +
        'console.log(JSON.parse(text).reduce((a, b) => a + b));',
    );
    const core = new URL('../../core/dist/index.js', import.meta.url).href;
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
    const { env } = world;
    const [adder, module] = [`adder=node ${world.path('adder.mjs')}`, world.path('agents.mjs')];
    const submitted = await runKaizen(
      [
        'run',
        'start',
        '[3, 4]',
        '--agent',
        adder,
        '--module',
        module,
        '--durable',
        '--run',
        'run-1',
        '--json',
      ],
      env,
    );
    expect(submitted, submitted.stdout).toMatchObject({ code: 0 });
    const worker = startKaizen(
      [...wordsOf(SERVICE_CALLS.worker.replaceAll('{folder}', world.folder)), '--json'],
      env,
    );
    const closed = once(worker, 'close');
    try {
      let state: unknown;
      do {
        await new Promise((resolve) => setTimeout(resolve, 100));
        expect(worker.exitCode).toBeNull();
        ({ state } = resultIn(await kaizen(['run', 'show', 'run-1', '--json'], { env })));
      } while (state === 'queued' || state === 'running');
      expect(state).toBe('succeeded');
      expect(await kaizen(['trail', 'verify', 'run-1'], { env })).toMatchObject({ code: 0 });
    } finally {
      worker.kill('SIGINT');
    }
    expect((await closed)[0]).toBe(130);
    await runKaizen(
      ['run', 'start', '[1]', '--agent', adder, '--module', module, '--durable', '--run', 'run-2'],
      env,
    );
    expect(resultIn(await kaizen(['run', 'show', 'run-2', '--json'], { env }))).toMatchObject({
      state: 'queued',
    });
  });

  it('needs agents', async () => {
    expect(await kaizen(['worker', '--json'], { env: world.env })).toMatchObject({ code: 2 });
  });
});
