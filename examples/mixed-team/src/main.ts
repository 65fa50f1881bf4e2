import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { HumanOrigin, OrchestrationResult } from '@kaizen-eatp/core';
import { verifyReceipt } from '@kaizen-eatp/core/receipt';
import type { DebateResult } from '@kaizen-eatp/patterns';
import { startModel } from './model.ts';
import type { Review } from './supervisor.ts';
import { assemble } from './team.ts';

type Print = (line: string) => void;

const alice: HumanOrigin = {
  humanId: 'alice@acme.example',
  displayName: 'Alice',
  authProvider: 'oidc',
  sessionId: 'review-q4',
  authenticatedAt: '2026-01-05T09:00:00+00:00',
};

export interface MixedTeamResult {
  readonly review: OrchestrationResult<Review>;
  readonly debate: OrchestrationResult<DebateResult>;
  /** How many times Kaizen asked the model. */
  readonly completions: number;
  readonly receipts: readonly string[];
}

/** Agents in two languages review the incidents of a quarter, and then debate what to do. */
export async function main(print: Print = console.log): Promise<MixedTeamResult> {
  const model = await startModel();
  const { acme, python, review: reviewers, debate: debaters } = await assemble(model.url, () => undefined);
  try {
    print(`Python agents in process ${python.pids.join()}: ${Object.keys(python.agents).join(', ')}`);

    const incidents = readFileSync(new URL('../data/incidents.csv', import.meta.url), 'utf8');
    const review = (await reviewers.execute(incidents, {
      pattern: 'supervisor_worker',
      taskId: 'review-2025-q4',
      humanOrigin: alice,
    })) as OrchestrationResult<Review>;
    const { downtime, causes, customers } = review.result;
    print(`\nDowntime by month: ${listOf(downtime, 'minutes')}`);
    print(`Customers reached: ${listOf(customers, '')}`);
    printWho(review, print);

    const figures = Object.entries(downtime).map(([month, minutes]) => `${month}: ${minutes} minutes`);
    const topic = `Freeze releases in January? Downtime was ${figures.join(', ')}; deploys caused ${causes.deploy} minutes.`;
    const debate = await debaters.execute(topic, {
      pattern: 'debate',
      taskId: 'freeze-2026-01',
      humanOrigin: alice,
    });
    const { decision, winner, reasoning, rounds } = debate.result;
    print(`\n${topic}`);
    print(`  for:     ${rounds[0]?.for.argument}`);
    print(`  against: ${rounds[0]?.against.argument}`);
    print(`  the judge: ${decision} (${winner}), since ${reasoning}`);
    printWho(debate, print);

    const receipts = [(await review.receipt()).text, (await debate.receipt()).text];
    for (const receipt of receipts) {
      const { valid, problems } = await verifyReceipt(receipt, {
        authorities: { [acme.id]: acme.publicKey },
      });
      if (!valid) throw new Error(`A receipt is not valid: ${JSON.stringify(problems)}`);
    }
    return { review, debate, completions: model.completions, receipts };
  } finally {
    await python.close();
    await model.close();
  }
}

const listOf = (counts: Readonly<Record<string, number>>, unit: string): string =>
  Object.entries(counts)
    .map(([name, count]) => `${name} ${count}${unit && ` ${unit}`}`)
    .join(', ');

function printWho({ delegations, auditTrail }: OrchestrationResult, print: Print): void {
  for (const { delegatorId, delegateeId, capabilitiesDelegated, constraintSubset } of delegations) {
    const limits = constraintSubset.length > 0 ? ` under ${constraintSubset.join(', ')}` : '';
    print(`    ${delegatorId} → ${delegateeId}: ${capabilitiesDelegated.join(', ')}${limits}`);
  }
  print(`    ${auditTrail.length} signed records, all on behalf of alice`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { receipts } = await main();
  const out = fileURLToPath(new URL('../out/', import.meta.url));
  mkdirSync(out, { recursive: true });
  for (const [i, name] of ['review', 'debate'].entries())
    writeFileSync(`${out}${name}-receipt.json`, receipts[i] as string);
  console.log('\nBoth receipts are valid; they are in examples/mixed-team/out/.');
}
