import { fileURLToPath } from 'node:url';
import type { OrchestrationResult } from '@kaizen-eatp/core';
import type { HandoffResult } from '@kaizen-eatp/patterns';
import { json, type Print, printTrail, team } from './team.ts';

interface Claim {
  readonly id: string;
  readonly by: string;
  readonly items: readonly { readonly what: string; readonly cents: number }[];
}

const total = ({ items }: Claim): number => items.reduce((sum, { cents }) => sum + cents, 0);

/** An approver who is allowed to approve claims up to a limit, in cents. */
const approver = (limit: number) => ({
  run: () => undefined,
  evaluateTask: ({ task }: { task: Claim }) => {
    const sum = total(task);
    return { canHandle: sum <= limit, reasoning: `${sum} cents, and the limit is ${limit}` };
  },
  executeTask: ({ task }: { task: Claim }) => ({ id: task.id, approved: total(task) }),
});

/** Three claims, each approved by the first approver whose limit it does not exceed. */
export async function main(print: Print = console.log): Promise<OrchestrationResult<HandoffResult>[]> {
  const capabilities = ['approve_expense'];
  const runtime = await team({
    clerk: { agent: approver(10_000), capabilities },
    manager: { agent: approver(500_000), capabilities },
    director: { agent: approver(5_000_000), capabilities },
  });
  const results: OrchestrationResult<HandoffResult>[] = [];
  for (const claim of json<Claim[]>('expenses.json')) {
    const result = await runtime.execute(claim, { pattern: 'handoff', taskId: claim.id });
    const { handledBy, path } = result.result;
    print(
      `${claim.id} by ${claim.by}: ${path.map(({ agent }) => agent).join(' → ')}, approved by the ${handledBy}`,
    );
    printTrail(result, print);
    results.push(result);
  }
  return results;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
