import { generateKeyPair, InMemoryKeyManager } from '@kaizen-eatp/core';
import { type DurableRun, establishApprover, type OpenApproval } from '@kaizen-eatp/core/durable';
import { type ApprovalRequest, definePattern } from '@kaizen-eatp/core/plugin';
import type { Machines } from './crashes.js';

/** A pattern that asks before it pays. */
export const asking = (request: Omit<ApprovalRequest, 'action' | 'input'>) =>
  definePattern({
    name: 'asking',
    async execute({ agents: [a], approval, invoke, input }) {
      const { granted, outcome, answers } = await approval({ action: 'pay', input, ...request });
      return {
        granted,
        outcome,
        by: answers.map((each) => each.approverId),
        paid: granted && (await invoke(a!, input)),
      };
    },
  });
export const plans = { payer: { work: (input: unknown) => ({ paid: input }) } };

/** People with keys of their own, whom an authority made approvers. */
export async function people(machines: Machines, names: readonly string[], actions = ['pay']) {
  const keys = new InMemoryKeyManager();
  const authority = await machines.trust.createEnterpriseAuthority({ name: 'Board' });
  for (const name of names) {
    const { privateKey, publicKey } = generateKeyPair();
    await keys.importKey(name, privateKey);
    await establishApprover(machines.trust, {
      approverId: name,
      authorityId: authority.id,
      publicKey,
      actions,
    });
  }
  return keys;
}

/** Waits until the run asks and has left its process. */
export async function waiting(run: DurableRun): Promise<OpenApproval> {
  for (;;) {
    const [request] = await run.approvals();
    if (request && (await run.status()).state === 'waiting') return request;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
