import { type ChildProcess, fork } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generateKeyPair, InMemoryKeyManager, TrustAwareOrchestrationRuntime } from '@kaizen-eatp/core';
import {
  type DurableRun,
  establishApprover,
  type OpenApproval,
  signApproval,
} from '@kaizen-eatp/core/durable';
import { verifyReceipt } from '@kaizen-eatp/core/receipt';
import { APPROVER, type Expense, expensePattern } from './pattern.ts';
import { makeClerk, openTrust, type Place } from './team.ts';

type Print = (line: string) => void;

const expense: Expense = {
  employee: 'bob',
  items: [
    { kind: 'travel', amount: 1_800 },
    { kind: 'meals', amount: 120 },
  ],
};

/** An expense report that two workers execute: the first is killed while the run waits for a person. */
export async function main(print: Print = console.log): Promise<{ result: unknown; receipt: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'eatp-expense-'));
  const { store, trust } = await openTrust(folder);
  const workers: ChildProcess[] = [];
  try {
    const acme = await trust.createEnterpriseAuthority({ name: 'ACME' });
    const clerk = makeClerk(trust);
    await clerk.establishTrust({ authorityId: acme.id, capabilities: ['audit', 'reimburse'] });
    const place: Place = { folder, authorityId: acme.id, auditorKey: generateKeyPair().privateKey };

    // Carol keeps her own key; the authority only signs that it is hers and what she can approve.
    const carol = new InMemoryKeyManager();
    const publicKey = await carol.generateKey(APPROVER);
    await establishApprover(trust, {
      approverId: APPROVER,
      authorityId: acme.id,
      publicKey,
      actions: ['reimburse'],
    });

    workers.push(await startWorker(place));
    print(`Worker ${workers[0]?.pid} serves runs: a clerk in TypeScript, an auditor in Python.`);
    const runtime = new TrustAwareOrchestrationRuntime({
      trust,
      agents: [clerk],
      patterns: [expensePattern],
    });
    const run = await runtime.submit(expense, { pattern: 'expense' as never, taskId: 'expense-bob-7' });
    print(`Submitted run ${run.runId}.`);

    const request = await approvalOf(run);
    print(`It waits for ${request.approvers.join()}: ${request.reason}.`);
    workers[0]?.kill('SIGKILL');
    print(`Killed worker ${workers[0]?.pid}. No worker is left.`);

    const answer = await signApproval(request, {
      approverId: APPROVER,
      keyManager: carol,
      decision: 'approve',
    });
    await run.answer(answer);
    print('Carol has approved, and her signature is stored.');

    workers.push(await startWorker(place));
    print(`Worker ${workers[1]?.pid} continues the run.`);
    const result = await run.result();
    print(`\nResult: ${JSON.stringify(result)}`);
    for await (const { sequence, anchor } of run.events())
      print(`  ${sequence}. ${anchor.agentId} ${anchor.action}: ${anchor.result}`);

    const { text } = await run.receipt();
    const { valid, problems } = await verifyReceipt(text, { authorities: { [acme.id]: acme.publicKey } });
    if (!valid) throw new Error(`The receipt is not valid: ${JSON.stringify(problems)}`);
    return { result, receipt: text };
  } finally {
    for (const each of workers) each.kill('SIGTERM');
    await store.close();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

function startWorker(place: Place): Promise<ChildProcess> {
  const script = fileURLToPath(new URL('./worker.ts', import.meta.url));
  const child = fork(script, [JSON.stringify(place)], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  return new Promise((resolve, reject) => {
    child.once('message', () => resolve(child));
    child.once('exit', () => reject(new Error('The worker ended before it was ready.')));
  });
}

async function approvalOf(run: DurableRun): Promise<OpenApproval> {
  for (;;) {
    const [request] = await run.approvals();
    if (request && (await run.status()).state === 'waiting') return request;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { receipt } = await main();
  const out = fileURLToPath(new URL('../out/', import.meta.url));
  mkdirSync(out, { recursive: true });
  writeFileSync(`${out}receipt.json`, receipt);
  console.log('\nThe receipt is valid; it is in examples/expense/out/.');
}
