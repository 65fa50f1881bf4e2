import { definePattern } from '@kaizen-eatp/core/plugin';
import type { Intent, StoreWrite } from '@kaizen-eatp/core/store';
import { expect, it } from 'vitest';
import { closeInnerRuns } from '../../../src/runtime/journal/close-inner-runs.js';
import { deploymentOf } from '../../../src/trust/deployment-of.js';
import { openIntent } from '../../trust/open-intent.js';
import { Machines } from './crashes.js';

const pausing = definePattern({
  name: 'pausing',
  execute: async ({ agents: [a], invoke, sleep }) => {
    const first = await invoke(a!, 1);
    await sleep(1_200);
    return [first, await invoke(a!, 2)];
  },
});

it('records no second outcome of an act whose intent was put back while the run waited', async () => {
  const kept: Intent[] = [];
  const machines = await Machines.make(
    {
      a: {
        work: async (input) => {
          if (input === 1) kept.push(...(await machines.store.openIntents()));
          return input;
        },
      },
    },
    [pausing],
  );
  const run = await machines.process().runtime.submit(null, { pattern: 'pausing' as never });
  const serving = await machines.process().worker();
  while (['queued', 'running'].includes((await run.status()).state))
    await new Promise((resolve) => setTimeout(resolve, 5));
  await serving.stop();
  expect(kept).toHaveLength(1);
  await machines.store.commit([{ op: 'open_intent', intent: kept[0] as Intent }]);
  const next = await machines.process().worker();
  expect(await run.result()).toEqual([1, 2]);
  await next.stop();
  expect(await machines.trust.verifyTrail(run.runId)).toMatchObject({ valid: true, problems: [] });
});

it('records no act of an inner run for an intent that no process of the deployment stored', async () => {
  const machines = await Machines.make({ bob: { work: () => 1 } }, [pausing]);
  const deployment = deploymentOf(machines.trust as never);
  const at = '2026-01-05T11:00:00+00:00';
  const inner = {
    ...{ runId: 'run-1', parentRunId: 'run-0', pattern: 'pausing', person: null, state: 'running' as const },
    ...{ request: null, outcome: null, note: null, owner: null, wakeAt: null, cancel: null },
    ...{ submittedAt: at, updatedAt: at },
  };
  await deployment.store.commit([{ op: 'add_run', run: inner }]);
  const real = await openIntent(machines.trust, 'run-1/1', { agentId: 'agent-bob' });
  const forged = { ...real, invocationId: 'run-1/2', action: 'wire_transfer' };
  await deployment.store.commit([{ op: 'open_intent', intent: forged }]);
  const committer = { commit: (writes: readonly StoreWrite[]) => deployment.store.commit(writes) };
  await closeInnerRuns(deployment, { runId: 'run-0', hasInnerRuns: true, committer } as never);
  const actions = (await deployment.store.readTrail('run-1')).map(({ text }) => JSON.parse(text).action);
  expect(actions).toEqual(['read', 'orchestration_failed']);
  expect((await deployment.store.openIntents()).map(({ invocationId }) => invocationId)).toEqual(['run-1/2']);
});
