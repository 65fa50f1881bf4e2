// What every process of these tests makes: the store, the keys, the agents and the pattern. Runs on the built packages.
import {
  FileKeyManager,
  TrustAwareOrchestrationRuntime,
  TrustedAgent,
  TrustOperations,
} from '@kaizen-eatp/core';
import { definePattern } from '@kaizen-eatp/core/plugin';
import { PostgresEngine } from '@kaizen-eatp/engine-postgres';
import { PostgresTrustStore } from '@kaizen-eatp/store-postgres';

export const NAMES = ['lead', 'one', 'two', 'three'];
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Chains of calls side by side; the number of each call depends on which outcome came first. */
const chains = definePattern({
  name: 'chains',
  async execute({ agents: [lead, ...others], delegate, invoke, input, sleep }) {
    const totals = await Promise.all(
      others.map(async (agent, i) => {
        await delegate(lead, agent);
        let total = i;
        for (let step = 0; step < input.steps; step++) total = (await invoke(agent, { total })).total;
        return total;
      }),
    );
    await sleep(input.sleep);
    const { total } = await invoke(lead, { total: totals.reduce((a, b) => a + b) });
    return { totals, total };
  },
});

/** The result of {@link chains}, as arithmetic. */
export const expected = ({ steps }) => {
  const totals = NAMES.slice(1).map((_, i) => i + steps);
  return { totals, total: totals.reduce((a, b) => a + b) + 1 };
};

export async function openTeam({ url, schema, folder }) {
  const store = await PostgresTrustStore.open({ connectionString: url, schema });
  const keyManager = new FileKeyManager(folder, 'a passphrase for tests');
  const trust = new TrustOperations({ store, keyManager });
  const engine = await PostgresEngine.open({
    connectionString: url,
    schema: `${schema}_q`,
    onError: () => {},
  });
  const work = async ({ total }, { signal }) => {
    await pause(30);
    signal.throwIfAborted();
    return { total: total + 1 };
  };
  const agents = NAMES.map((name) => new TrustedAgent({ name, agent: work, trust, interrupted: 'retry' }));
  const options = { trust, agents, patterns: [chains], engine };
  return { store, trust, engine, agents, options, runtime: new TrustAwareOrchestrationRuntime(options) };
}
