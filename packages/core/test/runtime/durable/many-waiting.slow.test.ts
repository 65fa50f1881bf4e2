import { type DurableRun, type OpenApproval, signApproval } from '@kaizen-eatp/core/durable';
import { isHeavy } from 'suite-store';
import { describe, expect, it } from 'vitest';
import { asking, people, plans } from './approvers.js';
import { Machines } from './crashes.js';

describe('an approval', () => {
  it('is waited for by 1,000 runs that hold no place and no memory', async () => {
    const count = isHeavy ? 50 : 1_000;
    const machines = await Machines.make(plans, [asking({ approvers: ['carol'] })]);
    const keys = await people(machines, ['carol']);
    const { runtime, worker } = machines.process();
    const serving = await worker({ concurrency: 4 });
    const runs = await Promise.all(
      Array.from({ length: count }, (_, i) => runtime.submit(i, { pattern: 'asking' } as never)),
    );
    const states = { states: ['waiting' as const], limit: count + 1 };
    while ((await machines.store.findRuns(states)).length < count)
      await new Promise((resolve) => setTimeout(resolve, 20));
    expect(serving.runIds).toEqual([]);
    const last = runs.at(-1) as DurableRun;
    const [request] = await last.approvals();
    const yes = { approverId: 'carol', keyManager: keys, decision: 'approve' } as const;
    await last.answer(await signApproval(request as OpenApproval, yes));
    expect(await last.result()).toMatchObject({ granted: true, paid: { paid: count - 1 } });
    expect(await machines.store.findRuns(states)).toHaveLength(count - 1);
    await serving.stop();
  });
});
