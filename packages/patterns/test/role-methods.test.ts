import { readdirSync, readFileSync } from 'node:fs';
import { definePattern } from '@kaizen-eatp/core/plugin';
import { describe, expect, it } from 'vitest';
import { world } from './harness.js';

const folder = new URL('../src/roles/', import.meta.url);

/** Every method that a role invokes, found rather than listed, so that none can be forgotten. */
const methods = [
  ...new Set(
    readdirSync(folder)
      .map((file) => readFileSync(new URL(file, folder), 'utf8'))
      .flatMap((source) =>
        Array.from(source.matchAll(/\bmethod: '(\w+)'/g), ([, method]) => method as string),
      ),
  ),
].sort();

/** Invokes its only agent by the method that is the run's input. */
const invokes = definePattern({
  name: 'invokes',
  execute: ({ agents: [agent], input, invoke }) =>
    invoke(agent!, agent!.can(input as string), { method: input as string }),
});

describe('the methods of the roles', () => {
  it('are found', () => {
    expect(methods).toEqual([
      'aggregateResults',
      'aggregateVotes',
      'argue',
      'contribute',
      'decomposeTask',
      'evaluateTask',
      'executeTask',
      'judge',
      'propose',
      'rebut',
      'route',
      'selectSpecialist',
      'synthesize',
      'vote',
    ]);
  });

  it.each(methods)('can be called without being declared: %s', async (method) => {
    const agent = { run: () => 'run', [method]: (can: boolean) => [method, can], other: () => 'other' };
    const { run } = await world({ alice: { agent } }, {}, { patterns: [invokes] });
    expect((await run('invokes' as never, method)).result).toEqual([method, true]);
    await expect(run('invokes' as never, 'other')).rejects.toMatchObject({ code: 'METHOD_NOT_DECLARED' });
  });
});
