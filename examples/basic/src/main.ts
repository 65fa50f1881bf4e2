import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { OrchestrationResult } from '@kaizen-eatp/core';
import { verifyReceipt } from '@kaizen-eatp/core/receipt';
import {
  overstep,
  tamperWithAnchor,
  tamperWithChain,
  tamperWithDelegation,
  tamperWithLedger,
} from './tampering.ts';
import { assembleTeam, transactions } from './team.ts';

const out: string = fileURLToPath(new URL('../out/', import.meta.url));

/** Runs the team on real data, and writes its report and its receipt to `out/`. */
export async function main(
  print: (line: string) => void = console.log,
): Promise<OrchestrationResult<string>> {
  const { runtime, acme } = await assembleTeam();
  const result = (await runtime.execute(
    { data: transactions },
    { pattern: 'sequential', taskId: 'analysis-001' },
  )) as OrchestrationResult<string>;

  print(result.result);
  print(`\nDelegations: ${result.delegations.length}`);
  for (const d of result.delegations) {
    print(
      `  ${d.delegatorId} → ${d.delegateeId}: ${d.capabilitiesDelegated.join()} under ${d.constraintSubset.join()}`,
    );
  }
  print(`Audit entries: ${result.auditTrail.length}`);
  for (const { agentId, action, resource, result: outcome } of result.auditTrail) {
    print(`  ${agentId.padEnd(17)} ${action.padEnd(24)} ${outcome.padEnd(8)} ${resource ?? ''}`);
  }

  const receipt = await result.receipt();
  const verdict = await verifyReceipt(receipt, { authorities: { [acme.id]: acme.publicKey } });
  print(
    `Receipt: ${verdict.valid ? 'valid' : 'NOT VALID'}, ${verdict.anchors.length} anchors, ${receipt.text.length} bytes`,
  );
  await mkdir(out, { recursive: true });
  await writeFile(`${out}report.md`, `${result.result}\n`);
  await writeFile(`${out}receipt.json`, receipt.text);

  print('\nFive attacks, and what notices each:');
  const attacks = [
    tamperWithChain,
    tamperWithDelegation,
    tamperWithLedger,
    () => tamperWithAnchor(result),
    overstep,
  ];
  for (const attack of attacks) {
    const { attack: what, caughtBy, words } = await attack();
    print(`  ${what}\n    → ${caughtBy}: ${words}`);
  }
  return result;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
