import { readFile } from 'node:fs/promises';
import { type Authority, type InvocationContext, TrustedAgent, TrustOperations } from '@kaizen-eatp/core';
import { analyze, type Findings, type Incident, search, write } from './incidents.ts';

export interface Team {
  trust: TrustOperations;
  acme: Authority;
  researcher: TrustedAgent;
  analyst: TrustedAgent;
  writer: TrustedAgent;
}

const log: URL = new URL('../data/incidents-2025.csv', import.meta.url);

/** Makes an authority, and three agents with the capabilities that each can use or delegate. */
export async function assembleTeam(): Promise<Team> {
  const trust = new TrustOperations();
  const acme = await trust.createEnterpriseAuthority({ name: 'ACME Corp' });

  const researcher = new TrustedAgent({
    name: 'researcher',
    trust,
    tools: {
      search: async (service: string): Promise<Incident[]> => search(await readFile(log, 'utf8'), service),
    },
    agent: ({ service }: { service: string }, { callTool }: InvocationContext) => callTool('search', service),
  });
  const analyst = new TrustedAgent({
    name: 'analyst',
    trust,
    agent: (incidents: Incident[]) => analyze(incidents),
  });
  const writer = new TrustedAgent({ name: 'writer', trust, agent: (findings: Findings) => write(findings) });

  await researcher.establishTrust({ authorityId: acme.id, capabilities: ['search', 'analyze'] });
  await analyst.establishTrust({ authorityId: acme.id, capabilities: ['analyze', 'write'] });
  await writer.establishTrust({ authorityId: acme.id, capabilities: ['write'] });
  return { trust, acme, researcher, analyst, writer };
}
