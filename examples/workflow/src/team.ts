import { readFile } from 'node:fs/promises';
import { TrustedAgent, TrustOperations } from '@kaizen-eatp/core';
import { analyze, type Findings, type Incident, search, write } from './incidents.ts';

export interface Team {
  trust: TrustOperations;
  researcher: TrustedAgent;
  analyst: TrustedAgent;
  writer: TrustedAgent;
}

const log: URL = new URL('../data/incidents-2025.csv', import.meta.url);

/** An authority, and three agents with what each may do itself or hand on. */
export async function assembleTeam(): Promise<Team> {
  const trust = new TrustOperations();
  const acme = await trust.createEnterpriseAuthority({ name: 'ACME Corp' });

  const researcher: TrustedAgent = new TrustedAgent({
    name: 'researcher',
    trust,
    tools: {
      search: async (service: string): Promise<Incident[]> => search(await readFile(log, 'utf8'), service),
    },
    agent: ({ service }: { service: string }) => researcher.callTool('search', service),
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
  return { trust, researcher, analyst, writer };
}
