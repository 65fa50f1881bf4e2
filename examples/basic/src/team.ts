import { readFile } from 'node:fs/promises';
import {
  type Authority,
  type InvocationContext,
  MemoryTrustStore,
  TrustAwareOrchestrationRuntime,
  TrustedAgent,
  TrustOperations,
} from '@kaizen-eatp/core';
import { sequential } from '@kaizen-eatp/patterns';
import { type Analysis, analyse, parseTransactions, writeReport } from './analysis.ts';

/** The agents of the example, and what they run on. */
export interface Team {
  store: MemoryTrustStore;
  trust: TrustOperations;
  acme: Authority;
  analyst: TrustedAgent;
  summarizer: TrustedAgent;
  runtime: TrustAwareOrchestrationRuntime;
  /** The errors that the summarizer received when it tried to write a file itself. */
  refusals: string[];
}

/** Makes an authority, two agents with the capabilities of each, and a runtime with both agents. */
export async function assembleTeam({ summarizerWritesFile = false } = {}): Promise<Team> {
  const store = new MemoryTrustStore();
  const trust = new TrustOperations({ store });
  const acme = await trust.createEnterpriseAuthority({ name: 'ACME Corp' });
  const refusals: string[] = [];

  const analyst: TrustedAgent = new TrustedAgent({
    name: 'analyst',
    trust,
    tools: {
      read_transactions: {
        effects: 'read',
        run: ({ path }: { path: string }) => readFile(path, 'utf8'),
      },
    },
    agent: {
      async run({ data }: { data: string }, { callTool }: InvocationContext): Promise<Analysis> {
        const csv = (await callTool('read_transactions', { path: data })) as string;
        const { transactions, rejected } = parseTransactions(csv);
        return analyse(transactions, rejected);
      },
    },
  });
  await analyst.establishTrust({
    authorityId: acme.id,
    capabilities: ['analyze_data', 'read_transactions'],
    constraints: ['read_only'],
  });

  const summarizer: TrustedAgent = new TrustedAgent({
    name: 'summarizer',
    trust,
    tools: { write_report: { effects: 'write', run: () => 'written' } },
    agent: {
      async run(analysis: Analysis, { callTool }: InvocationContext): Promise<string> {
        if (summarizerWritesFile) {
          await callTool('write_report', { path: 'report.md' }).catch((error: Error) =>
            refusals.push(error.message),
          );
        }
        return writeReport(analysis);
      },
    },
  });
  await summarizer.establishTrust({
    authorityId: acme.id,
    capabilities: ['summarize', 'write_report'],
    constraints: ['text_output_only'],
  });

  const runtime = new TrustAwareOrchestrationRuntime({
    agents: { analyst, summarizer },
    trust,
    patterns: [sequential],
  });
  return { store, trust, acme, analyst, summarizer, runtime, refusals };
}

export const transactions: string = new URL('../data/transactions-2025-q4.csv', import.meta.url).pathname;
