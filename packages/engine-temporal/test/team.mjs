// What every process of these tests makes: the store, the keys, the agents and the patterns. Runs on the built packages.
import {
  FileKeyManager,
  TrustAwareOrchestrationRuntime,
  TrustedAgent,
  TrustOperations,
} from '@kaizen-eatp/core';
import { definePattern } from '@kaizen-eatp/core/plugin';
import { TemporalEngine } from '@kaizen-eatp/engine-temporal';
import { PostgresTrustStore } from '@kaizen-eatp/store-postgres';

export const NAMES = ['lead', 'one', 'two', 'three'];
/** A value that must not be found in Temporal. */
export const SECRET = 'the-password-of-the-vault';
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Chains of calls side by side; the number of each call depends on which outcome came first. */
const chains = definePattern({
  name: 'chains',
  async execute({ agents: [lead, ...others], delegate, invoke, input, sleep }) {
    const totals = await Promise.all(
      others.map(async (agent, i) => {
        await delegate(lead, agent);
        let total = i;
        for (let step = 0; step < input.steps; step++)
          total = (await invoke(agent, { total, secret: SECRET, pause: input.pause })).total;
        return total;
      }),
    );
    if (input.sleep) await sleep(input.sleep);
    const { total } = await invoke(lead, { total: totals.reduce((a, b) => a + b) });
    return { totals, total };
  },
});

/** Asks before it acts. */
const asking = definePattern({
  name: 'asking',
  async execute({ agents: [lead], approval, invoke, input }) {
    const { granted } = await approval({ action: 'add', input, approvers: ['carol', 'dan'], required: 2 });
    return granted ? invoke(lead, { total: input.total }) : 'refused';
  },
});

/** The result of {@link chains}, as arithmetic. */
export const expected = ({ steps }) => {
  const totals = NAMES.slice(1).map((_, i) => i + steps);
  return { totals, total: totals.reduce((a, b) => a + b) + 1 };
};

export async function openTeam({ url, schema, folder, address, heartbeatSeconds = 3, retryLimit = 100 }) {
  const store = await PostgresTrustStore.open({ connectionString: url, schema });
  const keyManager = new FileKeyManager(folder, 'a passphrase for tests');
  const trust = new TrustOperations({ store, keyManager });
  const settings = { address, queue: schema, heartbeatSeconds, retryLimit };
  const engine = await TemporalEngine.open({ ...settings, onError: () => {} });
  const work = async ({ total, pause: time = 30 }, { signal }) => {
    await pause(time);
    signal.throwIfAborted();
    return { total: total + 1, secret: SECRET };
  };
  const agents = NAMES.map((name) => new TrustedAgent({ name, agent: work, trust, interrupted: 'retry' }));
  const options = { trust, agents, patterns: [chains, asking], engine };
  return { store, trust, engine, agents, options, runtime: new TrustAwareOrchestrationRuntime(options) };
}
