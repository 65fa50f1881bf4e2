import type { InvocationContext } from '@kaizen-eatp/core';
import { expect, it } from 'vitest';
import { rejection, World } from '../runtime/world.js';

it('each of several concurrent calls acts under the delegation that its caller names', async () => {
  const world = await World.make();
  const carol = await world.agent('carol', (_input: unknown, context: InvocationContext) => [
    context.action,
    context.delegation?.constraintSubset,
  ]);
  const bob = await world.agent(
    'bob',
    (_input: unknown, context: InvocationContext) => {
      const ask = async (capability: string, constraints: readonly string[]): Promise<unknown> => {
        const delegation = await context.delegate(carol, {
          capabilities: [capability],
          additionalConstraints: constraints,
        });
        return context.invoke(carol, 'go', { delegation });
      };
      return Promise.all([ask('read_mail', ['read_only']), ask('send_mail', [])]);
    },
    { capabilities: ['read_mail', 'send_mail'] },
  );
  expect(await bob.run('go')).toEqual([
    ['read_mail', ['read_only']],
    ['send_mail', []],
  ]);
});

it('context.invoke refuses a delegation of another invocation, or to another agent', async () => {
  const world = await World.make();
  const carol = await world.agent('carol');
  const dave = await world.agent('dave');
  const kept: string[] = [];
  const bob = await world.agent(
    'bob',
    async (_input: unknown, context: InvocationContext) => {
      for (const [agent, delegation] of [
        [carol, kept[0]],
        [dave, (await context.delegate(carol, { capabilities: ['read_mail'] })).id],
      ] as const) {
        const error = delegation && (await rejection(context.invoke(agent, 'go', { delegation })));
        if (error) expect(error).toMatchObject({ code: 'DELEGATION_NOT_FOUND' });
      }
      kept.push((await context.delegate(carol, { capabilities: ['read_mail'] })).id);
      return kept.length;
    },
    { capabilities: ['read_mail'] },
  );
  await bob.run('go');
  expect(await bob.run('go')).toBe(2);
});

it('a standalone call cannot name another task than that of its delegation', async () => {
  const world = await World.make();
  const bob = await world.agent('bob', () => 'read', { capabilities: ['read_mail'] });
  const carol = await world.agent('carol', (_input: unknown, { taskId }: InvocationContext) => taskId);
  const delegation = await bob.delegateTo(carol, { capabilities: ['read_mail'], taskId: 'task-1' });
  expect(await rejection(carol.run('go', { delegation, taskId: 'task-2' }))).toMatchObject({
    code: 'INVALID_ARGUMENT',
    expected: expect.stringContaining("'task-1'"),
  });
  expect(await carol.run('go', { delegation, taskId: 'task-1' })).toBe('task-1');
  expect(await carol.run('go', { delegation })).toBe('task-1');
});
