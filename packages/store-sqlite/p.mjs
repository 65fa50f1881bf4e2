import { definePattern, MemoryTrustStore, TrustAwareOrchestrationRuntime, TrustedAgent, TrustOperations } from '@kaizen-eatp/core';
import { SqliteTrustStore } from '@kaizen-eatp/store-sqlite';
import { rmSync } from 'node:fs';
rmSync('/tmp/pp',{recursive:true,force:true});
for (const kind of process.argv[2].split(',')) {
const store = kind==='memory'? new MemoryTrustStore(): new SqliteTrustStore({path:`/tmp/pp/${kind}.db`, synchronous: kind==='normal'?'normal':'full'});
const trust = new TrustOperations({ store });
const { id: authorityId } = await trust.createEnterpriseAuthority({ name: 'ACME' });
const alice = new TrustedAgent({ name: 'alice', agent: { run: async (input) => input }, trust });
await alice.establishTrust({ authorityId, capabilities: ['work'] });
const steps = definePattern({ name: 'steps', async execute({ agents, invoke }) { for (let i = 0; i < 50; i++) await invoke(agents[0], 'x'); } });
const runtime = new TrustAwareOrchestrationRuntime({ agents: { alice }, trust, patterns: [steps] });
for (let i=0;i<20;i++) await runtime.execute('x',{pattern:'steps'});
const t=performance.now();
for (let i=0;i<40;i++) await runtime.execute('x',{pattern:'steps'});
console.log(kind, ((performance.now()-t)/2000*1000).toFixed(0),'us/step');
await trust.close();
}
