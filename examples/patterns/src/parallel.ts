import { fileURLToPath } from 'node:url';
import type { OrchestrationResult } from '@kaizen-eatp/core';
import { type Print, printTrail, team, text } from './team.ts';

interface Request {
  readonly client: string;
  readonly path: string;
  readonly status: number;
}

export interface Briefing {
  readonly busiestClient: string;
  readonly mostAskedPath: string;
  readonly failingPaths: readonly string[];
}

function parse(line: string): Request {
  const [, client, path, status] = /^(\S+) .*"\S+ (\S+) [^"]*" (\d+)/.exec(line) ?? [];
  if (!client || !path) throw new Error(`This is not a line of an access log: ${line}`);
  return { client, path, status: Number(status) };
}

/** Returns the most frequent value; among equals, the first one. */
function mostFrequent(values: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].reduce((best, entry) => (entry[1] > best[1] ? entry : best))[0];
}

const reader = (log: string): Request[] => log.trim().split('\n').map(parse);
const clients = (requests: Request[]): string => mostFrequent(requests.map(({ client }) => client));
const paths = (requests: Request[]): string => mostFrequent(requests.map(({ path }) => path));
const failures = (requests: Request[]): string[] =>
  [...new Set(requests.filter(({ status }) => status >= 500).map(({ path }) => path))].sort();
const briefer = (found: { clients: string; paths: string; failures: string[] }): Briefing => ({
  busiestClient: found.clients,
  mostAskedPath: found.paths,
  failingPaths: found.failures,
});

/** Three analysts read the same parsed log concurrently. A fifth agent receives their findings, by name. */
export async function main(print: Print = console.log): Promise<OrchestrationResult<Briefing>> {
  const capabilities = ['read_logs'];
  const runtime = await team({
    reader: { agent: reader, capabilities },
    clients: { agent: clients, capabilities },
    paths: { agent: paths, capabilities },
    failures: { agent: failures, capabilities },
    briefer: { agent: briefer, capabilities },
  });
  const result = (await runtime.execute(text('access.log'), {
    pattern: 'parallel',
    taskId: 'briefing',
    options: { constraints: ['read_only'] },
  })) as OrchestrationResult<Briefing>;
  const { busiestClient, mostAskedPath, failingPaths } = result.result;
  print(`Busiest client ${busiestClient}, most asked ${mostAskedPath}, failing: ${failingPaths.join(', ')}`);
  printTrail(result, print);
  return result;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
