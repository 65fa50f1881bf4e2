import { sequential } from '@kaizen-eatp/patterns';
import { expect, it } from 'vitest';
import { Machines } from './crashes.js';

it('tells observers of an outcome only once it is stored', async () => {
  const work = (input: unknown) => `${input} done`;
  const machines = await Machines.make({ first: { work }, second: { work } }, [sequential]);
  const seen: boolean[] = [];
  const observer = {
    async aroundInvocation(
      { runId, invocationId }: { runId: string | null; invocationId: string },
      next: () => Promise<unknown>,
    ) {
      await next();
      const trail = await machines.store.readTrail(runId as string);
      seen.push(trail.some(({ text }) => JSON.parse(text).context.invocation_id === invocationId));
    },
  };
  const serving = await machines.process().worker({ observers: [observer as never] });
  const run = await machines.process().runtime.submit('it', { pattern: 'sequential' });
  expect(await run.result()).toBe('it done done');
  await expect.poll(() => seen).toEqual([true, true]);
  await serving.stop();
});
