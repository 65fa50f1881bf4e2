import { type InvocationContext, TrustOperations } from '@kaizen-eatp/core';
import { OutcomeNotRecordedError, StoreError } from '@kaizen-eatp/core/errors';
import { describe, expect, it, vi } from 'vitest';
import { endProcess } from '../trust/open-intent.js';
import { FailingStore } from './failing-store.js';
import { ALICE, eventually, rejection, said, World } from './world.js';

/** A world whose store fails from the first record of an act on, until it is repaired. */
async function breaking(options: { readonly applies?: boolean } = {}) {
  const store = new FailingStore();
  const world = await World.make({ store });
  const paid = vi.fn();
  let isBroken = false;
  store.arm(async (writes) => {
    if (writes.some((write) => 'closesIntent' in write && write.closesIntent !== undefined)) {
      if (!isBroken && options.applies) await store.inner.commit(writes);
      isBroken = true;
    }
    if (isBroken) throw new StoreError('STORE_FAILED', 'The disk is full', { remedy: 'Make room.' });
  });
  const repair = (): void => store.arm(() => undefined);
  const payer = await world.agent('payer', paid);
  return { store, world, paid, payer, repair };
}

function expectToSayThatItWasDone(error: unknown): void {
  expect(error).toBeInstanceOf(OutcomeNotRecordedError);
  expect(error).toMatchObject({
    code: 'OUTCOME_NOT_RECORDED',
    evidence: { agentId: 'agent-payer', outcome: 'success', isRetrying: true },
    cause: { code: 'STORE_FAILED' },
  });
  const { message, remedy } = error as OutcomeNotRecordedError;
  expect(message).toMatch(/did the action, and the outcome could not be recorded/);
  expect(remedy).not.toMatch(/repeat the call/i);
}

describe('a store that fails after an act', () => {
  it('in a run: the error says that it was done, and this process records act and end when the store works again', async () => {
    const { store, world, paid, payer, repair } = await breaking();
    const error = await rejection(
      world.execute([payer], ({ agents: [a], invoke }) => invoke(a!, 1), {
        runId: 'run-1',
        humanOrigin: ALICE,
      }),
    );
    expectToSayThatItWasDone(error);
    expect(error.run?.auditTrail).toEqual([]);
    expect(paid).toHaveBeenCalledTimes(1);
    expect(await store.openIntents()).toHaveLength(1);
    repair();
    await eventually(async () => (await store.readTrail('run-1')).length === 2);
    expect(await store.openIntents()).toEqual([]);
    const trail = await world.trail('run-1');
    expect(said(trail)).toEqual([
      'payer execute success success',
      'payer orchestration_failed failure failure',
    ]);
    expect(trail[1]?.context).toMatchObject({ entries: 2, error: { code: 'OUTCOME_NOT_RECORDED' } });
    expect(paid).toHaveBeenCalledTimes(1);
  });

  it('outside a run: the error says that it was done, and this process records it when the store works again', async () => {
    const { store, world, paid, payer, repair } = await breaking();
    expectToSayThatItWasDone(await rejection(payer.run(1)));
    expect(await store.openIntents()).toHaveLength(1);
    repair();
    await eventually(async () => (await store.openIntents()).length === 0);
    expect(said(await world.trail('outside-runs'))).toEqual(['payer execute success success']);
    expect(paid).toHaveBeenCalledTimes(1);
  });

  it('does not record twice what the store had taken although it answered with an error', async () => {
    for (const isInRun of [true, false]) {
      const { store, world, payer, repair } = await breaking({ applies: true });
      const call = isInRun
        ? world.execute([payer], ({ agents: [a], invoke }) => invoke(a!, 1), { runId: 'run-1' })
        : payer.run(1);
      expectToSayThatItWasDone(await rejection(call));
      repair();
      const trailId = isInRun ? 'run-1' : 'outside-runs';
      if (isInRun) await eventually(async () => (await store.readTrail(trailId)).length === 2);
      else await new Promise((resolve) => setTimeout(resolve, 300));
      expect(said(await world.trail(trailId))).toEqual([
        'payer execute success success',
        ...(isInRun ? ['payer orchestration_failed failure failure'] : []),
      ]);
      expect(await store.openIntents()).toEqual([]);
    }
  });

  it('leaves alone what recover() of another process has recorded meanwhile', async () => {
    const { store, world, payer, repair } = await breaking();
    await rejection(world.execute([payer], ({ agents: [a], invoke }) => invoke(a!, 1), { runId: 'run-1' }));
    const other = new TrustOperations({
      store: store.inner,
      keyManager: world.keyManager,
      clock: world.clock,
    });
    await endProcess(world.trust);
    expect(await other.recover()).toEqual(['run-1/1']);
    repair();
    await new Promise((resolve) => setTimeout(resolve, 500));
    const trail = await world.trail('run-1');
    expect(trail[0]?.context?.outcome).toBe('unknown');
    expect(await store.openIntents()).toEqual([]);
  });

  it('tells an agent that used a tool that the tool may have done its work', async () => {
    const { world, paid, repair } = await breaking();
    const seen: unknown[] = [];
    const alice = await world.agent(
      'alice',
      async (_input: unknown, { callTool }: InvocationContext) => {
        seen.push((await rejection(callTool('pay'))).code);
      },
      { capabilities: ['pay'], tools: { pay: paid } },
    );
    await rejection(world.execute([alice], ({ agents: [a], invoke }) => invoke(a!, 1), { runId: 'run-1' }));
    expect(seen).toEqual(['OUTCOME_NOT_RECORDED']);
    repair();
    await eventually(async () => (await world.store.readTrail('run-1')).length === 3);
    expect(said(await world.trail('run-1'))).toEqual([
      'alice pay success success',
      'alice execute success success',
      'alice orchestration_failed failure failure',
    ]);
  });

  it('lets no agent act in the run any more, and records all of it, however long the run goes on', async () => {
    const { store, world, paid, payer, repair } = await breaking();
    const error = await rejection(
      world.execute(
        [payer],
        async ({ agents: [a], invoke }) => {
          const first = await rejection(invoke(a!, 1));
          repair();
          // Until the process has recorded the act in the background.
          await eventually(async () => (await store.readTrail('run-1')).length === 1);
          for (const action of ['execute', 'pay'])
            expect((await rejection(invoke(a!, 2, { action }))).code).toBe('STORE_FAILED');
          throw first;
        },
        { runId: 'run-1' },
      ),
    );
    expectToSayThatItWasDone(error);
    expect(paid).toHaveBeenCalledTimes(1);
    await eventually(async () =>
      (await store.readTrail('run-1')).at(-1)?.text.includes('orchestration_failed'),
    );
    const trail = await world.trail('run-1');
    expect(said(trail)).toEqual([
      'payer execute success success',
      'payer pay denied denied',
      'payer orchestration_failed failure failure',
    ]);
    expect(trail[2]?.context?.entries).toBe(3);
    expect(await store.openIntents()).toEqual([]);
  });

  it('ends the delegations of the run in the end', async () => {
    const { store, world, payer, repair } = await breaking();
    const boss = await world.agent('boss');
    await rejection(
      world.execute(
        [boss, payer],
        async ({ agents: [b, p], delegate, invoke }) => {
          await delegate(b!, p!, { capabilities: ['execute'] });
          return invoke(p!, 1);
        },
        { runId: 'run-1' },
      ),
    );
    repair();
    await eventually(async () => (await store.findDelegations({ runId: 'run-1' }))[0]?.status === 'closed');
    await world.trail('run-1');
  });
});

describe('a store that fails before an act', () => {
  it('keeps it from being done, and the error says so', async () => {
    const store = new FailingStore();
    const world = await World.make({ store });
    const work = vi.fn();
    const alice = await world.agent('alice', work);
    store.arm((writes) => {
      if (writes.some(({ op }) => op === 'open_intent')) throw new Error('ENOSPC');
    });
    const inRun = () => world.execute([alice], ({ agents: [a], invoke }) => invoke(a!, 1));
    for (const call of [inRun, () => alice.run(1)]) {
      const error = await rejection(call());
      expect(error.code).toBe('STORE_FAILED');
    }
    expect(work).not.toHaveBeenCalled();
  });
});
