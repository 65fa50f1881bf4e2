import { type EatpError, InMemoryKeyManager, type InvocationContext } from '@kaizen-eatp/core';
import { StoreError } from '@kaizen-eatp/core/errors';
import type { PatternExecution } from '@kaizen-eatp/core/plugin';
import { auditAnchorCodec } from '@kaizen-eatp/core/records';
import { describe, expect, it, vi } from 'vitest';
import { FailingStore } from './failing-store.js';
import { eventually, gate, rejection, World } from './world.js';

interface Act {
  readonly agentId: string;
  readonly hadIntent: boolean;
}

async function setUp() {
  const store = new FailingStore();
  const world = await World.make({ store });
  const acts: Act[] = [];
  const act = async (_input: unknown, { invocationId, agentId }: InvocationContext): Promise<string> => {
    // Not read from the store: by the time of its answer a call that was stopped can have been recorded.
    const hadIntent = store.stored.some(
      (write) => write.op === 'open_intent' && write.intent.invocationId === invocationId,
    );
    acts.push({ agentId, hadIntent });
    return agentId;
  };
  const capabilities = ['read_mail'];
  const alice = await world.agent('alice', act, { capabilities });
  const carol = await world.agent('carol', act);
  const bob = await world.agent(
    'bob',
    async (input: unknown, context: InvocationContext) => {
      await act(input, context);
      await context.callTool('read_mail', {});
      await context.delegate(carol, { capabilities: ['read_mail'] });
      return context.invoke(carol, 1);
    },
    { tools: { read_mail: act } },
  );
  return { world, store, acts, agents: [alice, bob, carol] };
}

/** One of everything that writes. */
const everything = async ({
  agents: [a, b],
  invoke,
  delegate,
  share,
}: PatternExecution<Record<string, never>>): Promise<unknown> => {
  await invoke(a!, 1);
  await share(a!, { note: 1 }, { action: 'read_mail' });
  await delegate(a!, b!, { capabilities: ['read_mail'] });
  await Promise.all([invoke(b!, 2), invoke(b!, 3)]);
  return 'done';
};

const COMMITS_BY_OTHERS = 1000;

describe.each([
  ['a coded error', () => new StoreError('STORE_FAILED', 'disk full', { remedy: 'Make room.' })],
  ['an error of its own', () => new Error('ENOSPC')],
  ['what is no error at all', () => 'broken'],
])('a store that fails with %s', (_what, failure) => {
  it('at any write: no action without an intent, no result without a record', async () => {
    for (let n = 1; ; n++) {
      expect(n).toBeLessThan(COMMITS_BY_OTHERS);
      const { world, store, acts, agents } = await setUp();
      store.arm((_writes, nth) => {
        if (nth === n) throw failure();
      });
      const runId = `run-${n}`;
      const outcome = await world.execute(agents, everything, { runId }).then(
        (value) => ({ value }),
        (error: unknown) => ({ error: error as EatpError }),
      );
      expect(acts.every(({ hadIntent }) => hadIntent)).toBe(true);
      const trail = (await store.readTrail(runId)).map(({ text }) => auditAnchorCodec.decodeText(text));
      expect((await world.trust.verifyTrail(runId)).problems).toEqual([]);
      if ('value' in outcome) {
        // The first n that a run does not reach: each before it was a write that failed.
        expect(store.commits).toHaveLength(n - 1);
        expect(n).toBeGreaterThan(12);
        expect(outcome.value.auditTrail.map(({ id }) => id)).toEqual(trail.map(({ id }) => id));
        expect(trail).toHaveLength(9);
        return;
      }
      expect(outcome.error.code, `write ${n}`).toMatch(/^(STORE_FAILED|OUTCOME_NOT_RECORDED|AGENT_FAILED)$/);
      expect(outcome.error.run?.auditTrail, `write ${n}`).toHaveLength(trail.length);
      expect(trail.some(({ action }) => action === 'orchestration_complete')).toBe(false);
      // An act whose outcome could not be recorded stays open until the outcome is recorded.
      const done = trail.filter(
        ({ result, context }) => result === 'success' && context?.invocation_id,
      ).length;
      expect(done + (await store.openIntents()).length).toBeGreaterThanOrEqual(
        acts.length - failuresAmong(trail),
      );
      await expectRecordedLate(world, runId, acts.length, `write ${n}`);
    }
  });

  it('at every write from the first on', async () => {
    const { world, store, acts, agents } = await setUp();
    store.arm(() => {
      throw failure();
    });
    const error = await rejection(world.execute(agents, everything));
    expect(error).toMatchObject({ code: 'STORE_FAILED', run: { auditTrail: [], delegations: [] } });
    expect(acts).toEqual([]);
  });

  it('at the very end of a run that failed: the error still says what the run left', async () => {
    const store = new FailingStore();
    const world = await World.make({ store });
    const alice = await world.agent('alice', () => {
      throw new Error('no');
    });
    store.arm((writes) => {
      if (writes.some((write) => write.op === 'close_delegations')) throw failure();
    });
    const error = await rejection(world.execute([alice], ({ agents, invoke }) => invoke(agents[0]!, 1)));
    expect(['AGENT_FAILED', 'STORE_FAILED']).toContain(error.code);
    expect(error.run?.auditTrail).toHaveLength(1);
    const told = [error, error.cause, ...Object.values(error.evidence)] as { code?: string }[];
    expect(
      told.some((one) => one?.code === 'AGENT_FAILED'),
      'the first error is not lost',
    ).toBe(true);
  });
});

/** The process records in the background what it could not record at first: every act, and the end of the run. */
async function expectRecordedLate(world: World, runId: string, acts: number, what: string): Promise<void> {
  const { store, trust } = world;
  await eventually(async () => (await store.readTrail(runId)).at(-1)?.text.includes('orchestration_failed'));
  const { problems } = await trust.verifyTrail(runId);
  expect(problems, what).toEqual([]);
  expect(await store.openIntents({ trailId: runId }), what).toEqual([]);
  expect(await store.findDelegations({ runId, status: 'in_force' }), what).toEqual([]);
  const trail = (await store.readTrail(runId)).map(({ text }) => auditAnchorCodec.decodeText(text));
  const recorded = trail.filter(({ context }) => context?.invocation_id && context.started !== false);
  expect(recorded.length, what).toBeGreaterThanOrEqual(acts);
}

const failuresAmong = (trail: readonly { result: string }[]): number =>
  trail.filter(({ result }) => result === 'failure' || result === 'partial').length;

describe('what comes too late', () => {
  it('a delegation whose write ends after the run does not stay in force', async () => {
    const store = new FailingStore();
    const world = await World.make({ store });
    const agents = [await world.agent('alice'), await world.agent('bob')];
    const [asked, slow] = [gate(), gate()];
    store.arm(async (writes) => {
      if (!writes.some(({ op }) => op === 'add_delegation')) return;
      asked.open();
      await slow.opened;
    });
    const run = world.start(agents, async ({ agents: [a, b], delegate, invoke }) => {
      await delegate(a!, b!, { capabilities: ['execute'] });
      return invoke(b!, 1);
    });
    await asked.opened;
    run.cancel('changed my mind');
    setImmediate(slow.open);
    expect((await rejection(run.result)).code).toBe('EXECUTION_CANCELLED');
    slow.open();
    await new Promise(setImmediate);
    expect(await store.findDelegations({ runId: run.runId, status: 'in_force' })).toEqual([]);
    expect((await world.trust.verifyTrail(run.runId)).problems).toEqual([]);
  });
});

describe('no result before its record', () => {
  it('in a run: the pattern waits for the anchor', async () => {
    const store = new FailingStore();
    const world = await World.make({ store });
    const alice = await world.agent('alice', () => 'result');
    const [asked, slow] = [gate(), gate()];
    store.arm(async (writes) => {
      if (writes[0]?.op !== 'append_anchor') return;
      asked.open();
      await slow.opened;
    });
    const order: string[] = [];
    const run = world.execute([alice], async ({ agents, invoke }) => {
      await invoke(agents[0]!, 1);
      order.push('the pattern has its result');
    });
    await asked.opened;
    await new Promise(setImmediate);
    order.push('the anchor is stored');
    slow.open();
    await run;
    expect(order).toEqual(['the anchor is stored', 'the pattern has its result']);
  });

  it('outside a run: a call whose outcome cannot be stored fails', async () => {
    const store = new FailingStore();
    const world = await World.make({ store });
    const alice = await world.agent('alice', () => 'result');
    store.arm((writes) => {
      if (writes[0]?.op === 'append_anchor') throw new Error('ENOSPC');
    });
    expect((await rejection(alice.run(1))).code).toBe('OUTCOME_NOT_RECORDED');
    expect(await store.openIntents()).toHaveLength(1);
    expect(await store.readTrail('outside-runs')).toEqual([]);
  });
});

describe('keys that fail', () => {
  it('fail the run with a coded error that does not blame the pattern', async () => {
    const keyManager = new InMemoryKeyManager();
    const world = await World.make({ keyManager });
    const work = vi.fn();
    const alice = await world.agent('alice', work);
    vi.spyOn(keyManager, 'sign').mockImplementation(() => {
      throw new TypeError('the key service is down');
    });
    const error = await rejection(world.execute([alice], ({ agents, invoke }) => invoke(agents[0]!, 1)));
    expect(error.run).toBeDefined();
    expect(error.code).not.toBe('PATTERN_FAILED');
  });
});
