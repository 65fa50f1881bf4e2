import {
  definePattern,
  MemoryTrustStore,
  TrustAwareOrchestrationRuntime,
  TrustedAgent,
  TrustOperations,
} from '@kaizen-eatp/core';
import { PostgresTrustStore } from '@kaizen-eatp/store-postgres';
import pg from 'pg';
import { EmbeddedServer } from './test/server/embedded-server.ts';

const s = await EmbeddedServer.start();
try {
  const url = s.url;
  const STEPS = 20;
  for (const store of [new MemoryTrustStore(), await PostgresTrustStore.open({ connectionString: url })]) {
    const calls = {};
    for (const m of [
      'readChains',
      'readAuthorities',
      'commit',
      'readDelegationPath',
      'readRevocations',
      'findDelegations',
      'trailHead',
    ]) {
      const f = store[m].bind(store);
      store[m] = async (...a) => {
        const t = performance.now();
        try {
          return await f(...a);
        } finally {
          const c = (calls[m] ??= { n: 0, t: 0 });
          c.n++;
          c.t += performance.now() - t;
        }
      };
    }
    const trust = new TrustOperations({ store });
    const { id: authorityId } = await trust.createEnterpriseAuthority({ name: 'ACME' });
    const alice = new TrustedAgent({ name: 'alice', agent: (input) => input, trust });
    await alice.establishTrust({ authorityId, capabilities: ['work'] });
    const steps = definePattern({
      name: 'steps',
      async execute({ agents, invoke }) {
        for (let i = 0; i < STEPS; i++) await invoke(agents[0], i);
      },
    });
    const runtime = new TrustAwareOrchestrationRuntime({ agents: { alice }, trust, patterns: [steps] });
    const run = () => runtime.execute('go', { pattern: 'steps' });
    for (let i = 0; i < 30; i++) await run();
    for (const k in calls) delete calls[k];
    const t = performance.now();
    const N = 50;
    for (let i = 0; i < N; i++) await run();
    const per = (performance.now() - t) / N / STEPS;
    console.log(store.constructor.name, 'step', per.toFixed(3));
    for (const k in calls)
      console.log(
        '  ',
        k,
        (calls[k].n / N / STEPS).toFixed(2),
        'per step',
        (calls[k].t / calls[k].n).toFixed(3),
        'ms each',
      );
  }
  const admin = new pg.Client({ connectionString: url });
  admin.on("error",()=>{});await admin.connect();
  await admin.query('CREATE TABLE bare (id bigserial PRIMARY KEY, text text NOT NULL)');
  for (let r = 0; r < 3; r++) {
    const t = performance.now();
    for (let i = 0; i < 1000; i++)
      await admin.query({
        name: 'b',
        text: 'INSERT INTO bare (text) VALUES ($1)',
        values: ['x'.repeat(1200)],
      });
    console.log('bare', ((performance.now() - t) / 1000).toFixed(3));
  }
} finally {
  await s.stop();
  process.exit();
}
