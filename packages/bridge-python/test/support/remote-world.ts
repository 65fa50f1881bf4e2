import { fileURLToPath } from 'node:url';
import { PythonBridge, spawnPythonAgents } from '@kaizen-eatp/bridge-python';
import {
  MemoryTrustStore,
  systemClock,
  TrustAwareOrchestrationRuntime,
  TrustOperations,
} from '@kaizen-eatp/core';
import type { Person, ScriptedAgent, TrustWorld, TrustWorldOptions } from '@kaizen-eatp/testing';
import { puppetMaster } from './puppets.js';

const fileOf = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
export const PYTHON = fileOf('../../../../.venv/bin/python');
export const PUPPETS = fileOf('../python/puppets.py');

/** Like the kit's `trustWorld`, but with every trusted agent in a Python worker: a process, sockets, keys and proofs, all real. */
export async function remoteWorld(
  { agents = {}, store = new MemoryTrustStore() }: TrustWorldOptions<string>,
  verify: 'full' | 'signature',
): Promise<TrustWorld & { close(): Promise<void> }> {
  const trust = new TrustOperations({ store, recorder: 'org-acme' });
  const authority = await trust.createEnterpriseAuthority({ name: 'ACME' });
  const people = Object.entries(agents) as [string, Person & { agent: ScriptedAgent }][];
  const master = await puppetMaster(Object.fromEntries(people.map(([name, { agent }]) => [name, agent])));
  const bridge = await PythonBridge.listen({ trust });
  const trusted = people.filter(([, { trusted: isTrusted = true }]) => isTrusted);
  const worker = await spawnPythonAgents({
    bridge,
    authorityId: authority.id,
    module: PUPPETS,
    agents: Object.fromEntries(trusted.map(([name, person]) => [name, grantOf(person)])),
    python: PYTHON,
    env: { PUPPET_PORT: String(master.port) },
    verify,
    onLog: () => undefined,
  });
  return {
    trust,
    authority,
    roots: [{ id: authority.id, publicKey: authority.publicKey }],
    store,
    clock: systemClock,
    agents: Object.fromEntries(people.map(([name]) => [name, bridge.agent(name)])),
    runtime: (patterns, { only, ...more } = {}) => {
      const taking = people.map(([name]) => name).filter((name) => !only || only.includes(name));
      const part = Object.fromEntries(taking.map((name) => [name, bridge.agent(name)]));
      return new TrustAwareOrchestrationRuntime({ ...more, agents: part, trust, patterns });
    },
    close: async () => {
      await master.close();
      await worker.close();
      await bridge.close({ drain: 0 });
    },
  };
}

function grantOf({ capabilities = ['work'], constraints = [] }: Person) {
  const names = capabilities.map((capability) =>
    typeof capability === 'string' ? capability : capability.capability,
  );
  return { capabilities: names, constraints };
}
