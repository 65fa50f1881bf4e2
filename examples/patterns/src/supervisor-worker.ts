import { fileURLToPath } from 'node:url';
import type { OrchestrationResult } from '@kaizen-eatp/core';
import type { WorkerFailure, WorkerResult } from '@kaizen-eatp/patterns';
import { type Print, printTrail, team, text } from './team.ts';

interface Traffic {
  readonly requests: number;
  readonly bytes: number;
  readonly byStatus: Readonly<Record<string, number>>;
}

export interface TrafficReport extends Traffic {
  readonly failed: number;
}

const CHUNK = 100;

const supervisor = {
  run: () => undefined,
  decomposeTask({ log }: { log: string }) {
    const lines = log.trim().split('\n');
    return Array.from({ length: Math.ceil(lines.length / CHUNK) }, (_, i) => ({
      input: lines.slice(i * CHUNK, (i + 1) * CHUNK),
      requiredCapabilities: ['read_logs'],
      constraints: ['read_only'],
    }));
  },
  aggregateResults(merge: {
    workerResults: readonly WorkerResult[];
    failures: readonly WorkerFailure[];
  }): TrafficReport {
    const parts = merge.workerResults.map(({ result }) => result as Traffic);
    return { ...parts.reduce(add), failed: merge.failures.length };
  },
};

const worker = {
  run: () => undefined,
  executeTask: (lines: readonly string[]) => lines.map(read).reduce(add),
};

function read(line: string): Traffic {
  const [, status, bytes] = /" (\d{3}) (\d+)$/.exec(line) ?? [];
  if (!status) throw new Error(`This is not a line of an access log: ${line}`);
  return { requests: 1, bytes: Number(bytes), byStatus: { [status]: 1 } };
}

function add(a: Traffic, b: Traffic): Traffic {
  const byStatus: Record<string, number> = { ...a.byStatus };
  for (const [status, count] of Object.entries(b.byStatus))
    byStatus[status] = (byStatus[status] ?? 0) + count;
  return { requests: a.requests + b.requests, bytes: a.bytes + b.bytes, byStatus };
}

/** Two workers read an access log in four parts. The supervisor adds up what they counted. */
export async function main(print: Print = console.log): Promise<OrchestrationResult<TrafficReport>> {
  const runtime = await team({
    supervisor: { agent: supervisor, capabilities: ['read_logs'] },
    alice: { agent: worker, capabilities: ['read_logs'] },
    bob: { agent: worker, capabilities: ['read_logs'] },
  });
  const result = (await runtime.execute(
    { log: text('access.log') },
    { pattern: 'supervisor_worker', taskId: 'traffic' },
  )) as OrchestrationResult<TrafficReport>;
  const { requests, bytes, byStatus } = result.result;
  print(`${requests} requests, ${bytes} bytes: ${JSON.stringify(byStatus)}`);
  printTrail(result, print);
  return result;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
