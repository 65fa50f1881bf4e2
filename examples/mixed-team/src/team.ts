import { fileURLToPath } from 'node:url';
import { type PythonAgents, spawnPythonAgents } from '@kaizen-eatp/bridge-python';
import {
  type Authority,
  TrustAwareOrchestrationRuntime,
  TrustedAgent,
  TrustOperations,
} from '@kaizen-eatp/core';
import { allPatterns } from '@kaizen-eatp/patterns';
import { sceptic } from './debater.ts';
import { impact } from './impact.ts';
import { supervisor } from './supervisor.ts';

const fileOf = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** The Python that has Kaizen installed; in this repository `npm run setup` creates it. */
const PYTHON = process.env.KAIZEN_PYTHON ?? fileOf('../../../.venv/bin/python');

export interface Team {
  readonly trust: TrustOperations;
  readonly acme: Authority;
  readonly python: PythonAgents;
  /** The runtime of a supervisor in TypeScript with workers in both languages. */
  readonly review: TrustAwareOrchestrationRuntime;
  /** The runtime of a debate with one side in each language and a judge in Python. */
  readonly debate: TrustAwareOrchestrationRuntime;
}

/**
 * Starts unchanged Kaizen agents from a Python file, and trusts them and agents of this process by one authority.
 *
 * @param modelUrl - an OpenAI-compatible server, which Kaizen's own client asks.
 */
export async function assemble(modelUrl: string, onLog: (line: string) => void): Promise<Team> {
  const trust = new TrustOperations();
  const acme = await trust.createEnterpriseAuthority({ name: 'ACME' });
  const python = await spawnPythonAgents({
    trust,
    authorityId: acme.id,
    module: fileOf('../python/kaizen_team.py'),
    agents: {
      reliability: { capabilities: ['downtime'], constraints: ['read_only'] },
      careful: { capabilities: ['argue', 'rebut'] },
      judge: { capabilities: ['argue', 'rebut', 'judge'] },
    },
    python: PYTHON,
    // The reference's own code checks every invocation before the agent runs.
    verify: 'full',
    env: { OPENAI_BASE_URL: modelUrl, OPENAI_API_KEY: 'none-is-needed' },
    onLog,
  });
  const own = async (name: string, agent: object, capabilities: readonly string[]): Promise<TrustedAgent> => {
    const trusted = new TrustedAgent({ name, agent: agent as never, trust });
    await trusted.establishTrust({ authorityId: acme.id, capabilities });
    return trusted;
  };
  const { reliability, careful, judge } = python.agents;
  const review = {
    supervisor: await own('supervisor', supervisor, ['downtime', 'impact']),
    reliability,
    impact: await own('impact', impact, ['impact']),
  };
  const debate = {
    careful,
    sceptic: await own('sceptic', sceptic, ['argue', 'rebut']),
    judge,
  };
  const runtime = (agents: Readonly<Record<string, TrustedAgent>>): TrustAwareOrchestrationRuntime =>
    new TrustAwareOrchestrationRuntime({ agents, trust, patterns: allPatterns });
  return { trust, acme, python, review: runtime(review), debate: runtime(debate) };
}
