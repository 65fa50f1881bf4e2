import type { TrustedAgent } from '@kaizen-eatp/core';
import { verifyReceipt } from '@kaizen-eatp/core/receipt';
import { describe, expect, it, vi } from 'vitest';
import { ALICE, rejection, World } from './world.js';

/** alice delegates to bob; bob's own code starts a run of its own, in which carol leads. */
async function nested(delegated: readonly string[], carolsWork: (carol: TrustedAgent) => unknown) {
  const world = await World.make();
  const send = vi.fn(() => 'sent');
  const alice = await world.agent('alice', undefined, { capabilities: ['read_mail'] });
  const carol: TrustedAgent = await world.agent('carol', () => carolsWork(carol), {
    capabilities: ['send_mail', 'read_mail'],
    tools: { send_mail: send, read_mail: () => 'letters' },
  });
  const inner = world.runtime([carol], ({ agents: [c], invoke }) => invoke(c!, 1));
  let within: Awaited<ReturnType<typeof inner.execute>> | undefined;
  const bob = await world.agent('bob', async () => {
    within = await inner.execute(1, { pattern: 'probe' as never });
    return within.result;
  });
  const run = world.execute(
    [alice, bob],
    async ({ agents: [a, b], delegate, invoke }) => {
      await delegate(a!, b!, { capabilities: delegated });
      return invoke(b!, 1);
    },
    { taskId: 'task-1', humanOrigin: ALICE },
  );
  return { world, run, send, inner: () => within! };
}

describe('a run that is started inside an invocation', () => {
  it('is no way out of the delegation that the invocation is under', async () => {
    const { run, send } = await nested(['read_mail'], (carol) => carol.callTool('send_mail', {}));
    const error = await rejection(run);
    expect(error.code).toBe('AGENT_FAILED');
    expect((error.cause as Error).cause).toMatchObject({ denial: { code: 'DELEGATION_SCOPE' } });
    expect(send).not.toHaveBeenCalled();
  });

  it('may do what the delegation allows, and is recorded under the same task and human', async () => {
    const { run, inner } = await nested(['read_mail'], (carol) => carol.callTool('read_mail', {}));
    expect((await run).result).toBe('letters');
    const { auditTrail, delegations, taskId } = inner();
    expect(taskId).toBe('task-1');
    expect(delegations.map((d) => [d.delegatorId, d.delegateeId, d.capabilitiesDelegated])).toEqual([
      ['agent-bob', 'agent-carol', ['execute']],
    ]);
    for (const anchor of auditTrail) {
      expect(anchor.context).toMatchObject({ task_id: 'task-1', human_origin: { human_id: ALICE.humanId } });
    }
  });

  it('may do its own job where the delegation says so', async () => {
    const { run, send } = await nested(['execute'], (carol) => carol.callTool('send_mail', {}));
    expect((await run).result).toBe('sent');
    expect(send).toHaveBeenCalledTimes(1);
  });

  it('has a receipt that holds by itself', async () => {
    const { run, inner } = await nested(['read_mail'], () => 'done');
    await run;
    expect((await verifyReceipt(await inner().receipt())).problems).toEqual([]);
  });

  it('cannot be of another task', async () => {
    const world = await World.make();
    const alice = await world.agent('alice');
    const runtime = world.runtime([alice], ({ agents: [a], invoke }) => invoke(a!, 1));
    const bob = await world.agent('bob', () =>
      runtime.execute(1, { pattern: 'probe' as never, taskId: 'other' }),
    );
    const error = await rejection(
      world.execute([bob], ({ agents: [b], invoke }) => invoke(b!, 1), { taskId: 'task-1' }),
    );
    expect(error).toMatchObject({ code: 'AGENT_FAILED', cause: { code: 'INVALID_ARGUMENT' } });
  });
});
