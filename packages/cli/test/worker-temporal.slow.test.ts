import { expect, it } from 'vitest';
import { onServer, temporalServer } from '../../engine-temporal/test/temporal-server.js';
import { describeWorker } from './support/describe-worker.js';
import { kaizen } from './support/kaizen.js';
import { makeWorld } from './support/world.js';

onServer('with a server of Temporal', () => {
  const server = temporalServer();
  describeWorker('SQLite and Temporal', makeWorld, () => [
    '--engine',
    `temporal://${server.address}/default?queue=acme`,
  ]);
});

it('says when no Temporal service answers', async () => {
  const world = makeWorld();
  try {
    const init = await kaizen(['init', '--name', 'ACME', '--json'], { env: world.env });
    expect(init, init.stdout).toMatchObject({ code: 0 });
    const args = ['worker', '--agent', 'a=true', '--engine', 'temporal://127.0.0.1:1', '--json'];
    const { code, stdout } = await kaizen(args, { env: world.env });
    expect(code).toBe(4);
    expect(JSON.parse(stdout).error).toMatchObject({ code: 'STORE_FAILED' });
  } finally {
    world.remove();
  }
});
