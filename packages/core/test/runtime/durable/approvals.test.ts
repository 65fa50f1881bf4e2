import { SHARED_TRAIL } from '@kaizen-eatp/core';
import { signApproval } from '@kaizen-eatp/core/durable';
import { type ApprovalRequest, definePattern } from '@kaizen-eatp/core/plugin';
import { verifyReceipt } from '@kaizen-eatp/core/receipt';
import { sequential } from '@kaizen-eatp/patterns';
import { describe, expect, it } from 'vitest';
import { asking, people, plans, waiting } from './approvers.js';
import { Machines } from './crashes.js';

async function submitted(request: Omit<ApprovalRequest, 'action' | 'input'>, names = ['carol']) {
  const machines = await Machines.make(plans, [asking(request)]);
  const keys = await people(machines, names);
  const serving = await machines.process().worker();
  const run = await machines.process().runtime.submit({ amount: 5 }, { pattern: 'asking' } as never);
  return { machines, keys, serving, run, request: await waiting(run) };
}

describe('an approval', () => {
  it('counts although every worker is down, and is in the trail with its signature', async () => {
    const { machines, keys, serving, run, request } = await submitted({
      approvers: ['carol'],
      reason: 'a large sum',
    });
    expect(request).toMatchObject({
      action: 'pay',
      input: { amount: 5 },
      approvers: ['carol'],
      reason: 'a large sum',
    });
    await serving.stop();
    const answer = await signApproval(request, {
      approverId: 'carol',
      keyManager: keys,
      decision: 'approve',
    });
    await machines.process().runtime.attach(run.runId).answer(answer);
    const next = await machines.process().worker();
    const paid = { paid: { amount: 5 } };
    expect(await run.result()).toEqual({ granted: true, outcome: 'granted', by: ['carol'], paid });
    const anchors = (await machines.store.readTrail(run.runId)).map(({ text }) => JSON.parse(text));
    const anchor = anchors.find(({ context }) => context.approval !== undefined);
    expect(anchor.context.approval).toMatchObject({ digest: request.digest, outcome: 'granted' });
    expect(anchor.context.approval.answers).toMatchObject([
      { approver_id: 'carol', signature: answer.signature },
    ]);
    await machines.expectSound(run.runId);
    const authorities = await machines.authorities();
    expect(await verifyReceipt((await run.receipt()).text, { authorities })).toMatchObject({ valid: true });
    await next.stop();
  });

  it('refuses, and records, what is not the answer of an approver to exactly this request, once', async () => {
    const { machines, keys, serving, run, request } = await submitted(
      { approvers: ['carol', 'dan'], required: 2 },
      ['carol', 'dan', 'eve'],
    );
    const sign = (of: { requestId: string; digest: string }, approverId: string, keyId = approverId) =>
      signApproval(of, { approverId, keyManager: keys, keyId, decision: 'approve' });
    const answer = await sign(request, 'carol');
    const wrong = [
      await sign({ ...request, digest: '0'.repeat(64) }, 'carol'),
      await sign({ ...request, requestId: `${run.runId}/99` }, 'carol'),
      await sign(request, 'eve'),
      await sign(request, 'carol', 'eve'),
      { ...answer, decision: 'reject' as const },
    ];
    for (const each of wrong)
      await expect(run.answer(each)).rejects.toMatchObject({ code: 'APPROVAL_REFUSED' });
    await run.answer(answer);
    await expect(run.answer(answer)).rejects.toMatchObject({ code: 'APPROVAL_REFUSED' });
    expect((await run.approvals())[0]?.answered).toEqual(['carol']);
    await run.answer(await sign(request, 'dan'));
    expect(await run.result()).toMatchObject({ granted: true, by: ['carol', 'dan'] });
    await expect(run.answer(await sign(request, 'dan'))).rejects.toMatchObject({ code: 'APPROVAL_REFUSED' });
    const refused = (await machines.store.readTrail(SHARED_TRAIL)).map(({ text }) => JSON.parse(text));
    expect(refused.filter(({ action }) => action === 'approval_refused').length).toBeGreaterThanOrEqual(5);
    await serving.stop();
  });

  it('does not count once its author was revoked', async () => {
    const { machines, keys, serving, run, request } = await submitted(
      { approvers: ['carol', 'dan'], required: 2 },
      ['carol', 'dan'],
    );
    for (const approverId of ['carol', 'dan'] as const) {
      if (approverId === 'dan') await machines.trust.revoke({ agentId: 'carol', reason: 'left' });
      await run.answer(await signApproval(request, { approverId, keyManager: keys, decision: 'approve' }));
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect((await run.status()).state).toBe('waiting');
    await run.cancel({ by: 'test' });
    await expect(run.result()).rejects.toMatchObject({ code: 'EXECUTION_CANCELLED' });
    await serving.stop();
  });

  it('expires, is escalated, and can be rejected', async () => {
    const expired = await submitted({ approvers: ['carol'], expiresIn: 1_500 });
    expect(await expired.run.result()).toMatchObject({ granted: false, outcome: 'expired', paid: false });
    await expired.serving.stop();
    const escalation = { after: 1, approvers: ['dan'] };
    const { keys, run, request, serving } = await submitted({ approvers: ['carol'], escalation }, [
      'carol',
      'dan',
    ]);
    await new Promise((resolve) => setTimeout(resolve, 5));
    const by = (approverId: string) => ({
      approverId,
      keyManager: keys,
      decision: 'reject' as const,
      reason: 'no',
    });
    await run.answer(await signApproval(request, by('dan')));
    await run.answer(await signApproval(request, by('carol')));
    expect(await run.result()).toMatchObject({ granted: false, outcome: 'rejected' });
    await serving.stop();
  });

  it('is required by an agent before it acts, and only a durable run can have it', async () => {
    const calling = definePattern({
      name: 'calling',
      execute: async ({ agents: [a], invoke, input }) =>
        invoke(a!, input, { action: 'pay' }).catch((error: { code: string }) => error.code),
    });
    const requiresApproval = { approvers: ['carol'] };
    const machines = await Machines.make(
      { payer: { work: (input: unknown) => ({ paid: input }), capabilities: ['pay'], requiresApproval } },
      [calling],
    );
    const keys = await people(machines, ['carol']);
    const { runtime, worker } = machines.process();
    expect((await runtime.execute(1, { pattern: 'calling' } as never)).result).toBe('DURABLE_RUN_REQUIRED');
    const serving = await worker();
    const results = [];
    for (const decision of ['approve', 'reject'] as const) {
      const run = await runtime.submit(1, { pattern: 'calling' } as never);
      const request = await waiting(run);
      await run.answer(await signApproval(request, { approverId: 'carol', keyManager: keys, decision }));
      results.push(await run.result());
    }
    expect(results).toEqual([{ paid: 1 }, 'APPROVAL_NOT_GIVEN']);
    expect(machines.acts).toHaveLength(1);
    await serving.stop();
  });

  it('is asked for a tool, and does not use again the tools that succeeded before', async () => {
    const used: unknown[] = [];
    const tools = {
      look_up: { run: (id: string) => used.push(`looked up ${id}`) && { amount: 7 } },
      pay: {
        run: ({ amount }: { amount: number }) => used.push(`paid ${amount}`) && 'paid',
        requiresApproval: { approvers: ['carol', 'dan'], required: 2 },
      },
    };
    const machines = await Machines.make(
      {
        payer: {
          work: async (id, context) => context.callTool('pay', await context.callTool('look_up', id)),
          tools,
          capabilities: ['look_up', 'pay'],
        },
      },
      [sequential],
    );
    const keys = await people(machines, ['carol', 'dan']);
    const first = await machines.process().worker();
    const run = await machines.process().runtime.submit('i-1', { pattern: 'sequential' });
    const request = await waiting(run);
    expect(request).toMatchObject({ action: 'pay', input: { amount: 7 }, required: 2 });
    // The run holds nothing in the process.
    expect(first.runIds).toEqual([]);
    await first.stop();
    const second = await machines.process().worker();
    for (const approverId of ['carol', 'dan'])
      await run.answer(await signApproval(request, { approverId, keyManager: keys, decision: 'approve' }));
    expect(await run.result()).toBe('paid');
    expect(used).toEqual(['looked up i-1', 'paid 7']);
    await machines.expectSound(run.runId);
    const { runtime } = machines.process();
    await expect(runtime.execute('i-2', { pattern: 'sequential' })).rejects.toMatchObject({
      cause: { code: 'DURABLE_RUN_REQUIRED' },
    });
    await second.stop();
  });

  it('does not hold for other arguments, with which the tool is called after the answer', async () => {
    const paid: number[] = [];
    let amount = 7;
    const pay = {
      run: (args: { amount: number }) => paid.push(args.amount),
      requiresApproval: { approvers: ['carol'] },
    };
    const machines = await Machines.make(
      {
        payer: {
          work: (_, context) => context.callTool('pay', { amount }),
          tools: { pay },
          capabilities: ['pay'],
        },
      },
      [sequential],
    );
    const keyManager = await people(machines, ['carol']);
    const serving = await machines.process().worker();
    const run = await machines.process().runtime.submit('i-1', { pattern: 'sequential' });
    const first = await waiting(run);
    amount = 7_000;
    const yes = { approverId: 'carol', keyManager, decision: 'approve' } as const;
    await run.answer(await signApproval(first, yes));
    await expect
      .poll(async () => (await run.approvals()).map(({ input }) => input), { timeout: 30_000 })
      .toContainEqual({ amount: 7_000 });
    expect(paid).toEqual([]);
    const second = (await run.approvals()).find(({ requestId }) => requestId !== first.requestId)!;
    await run.answer(await signApproval(second, { ...yes, decision: 'reject' }));
    await expect(run.result()).rejects.toBeDefined();
    expect(paid).toEqual([]);
    await serving.stop();
  });

  it('is asked for where a constraint requires it, without the pattern', async () => {
    const work = (input: unknown) => `${input} done`;
    const machines = await Machines.make(
      {
        lead: { work, capabilities: ['execute'] },
        payer: {
          work,
          capabilities: [{ capability: 'execute', constraints: ['human_approval:2:carol,dan'] }],
        },
      },
      [sequential],
    );
    const keys = await people(machines, ['carol', 'dan'], ['*']);
    const serving = await machines.process().worker();
    const run = await machines.process().runtime.submit('it', { pattern: 'sequential' });
    const request = await waiting(run);
    expect(request).toMatchObject({ agentId: 'agent-payer', input: 'it done', required: 2 });
    for (const approverId of ['carol', 'dan'])
      await run.answer(await signApproval(request, { approverId, keyManager: keys, decision: 'approve' }));
    expect(await run.result()).toBe('it done done');
    const rejected = await machines.process().runtime.submit('it', { pattern: 'sequential' });
    const asked = await waiting(rejected);
    const no = { approverId: 'dan', keyManager: keys, decision: 'reject' } as const;
    await rejected.answer(await signApproval(asked, no));
    await expect(rejected.result()).rejects.toMatchObject({ code: 'APPROVAL_NOT_GIVEN' });
    // A run of one process cannot wait for people, so the guard denies the act.
    const plain = machines.process().runtime.execute('it', { pattern: 'sequential' });
    await expect(plain).rejects.toMatchObject({
      code: 'VERIFICATION_DENIED',
      denial: { code: 'CONSTRAINT_VIOLATED' },
    });
    for (const { runId } of [run, rejected]) await machines.expectSound(runId);
    await serving.stop();
  });
});
