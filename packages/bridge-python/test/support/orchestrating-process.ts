// A process that orchestrates Python agents over a SQLite store, to be killed and started again. Runs what is built:
// node orchestrating-process.ts STORE KEYS PORT RUNS. Prints a line of JSON for each thing that happens.

import { PythonBridge } from '@kaizen-eatp/bridge-python';
import { FileKeyManager, TrustAwareOrchestrationRuntime, TrustOperations } from '@kaizen-eatp/core';
import { supervisorWorker } from '@kaizen-eatp/patterns';
import { SqliteTrustStore } from '@kaizen-eatp/store-sqlite';

const [, , path, keys, port, runs] = process.argv as [string, string, string, string, string, string];
const say = (what: object): void => console.log(JSON.stringify(what));

const keyManager = new FileKeyManager(keys, 'only for this test');
const trust = new TrustOperations({ store: await SqliteTrustStore.open({ path }), keyManager });
const recovered = await trust.recover();
const acme =
  (await trust.getAuthority('org-acme')) ??
  (await trust.createEnterpriseAuthority({ name: 'ACME', id: 'org-acme' }));
const bridge = await PythonBridge.listen({
  trust,
  port: Number(port),
  privateKey: Buffer.alloc(32, 7).toString('base64'),
  grace: 2_000,
});
const names = ['supervisor', 'worker_one', 'worker_two'];
const agents = Object.fromEntries(names.map((name) => [name, {}]));
const joined = Promise.all(
  names.map(
    (name) => new Promise<void>((done) => bridge.on('joined', ({ agent }) => agent === name && done())),
  ),
);
const token = await bridge.createEnrolmentToken({ authorityId: acme.id, agents });
say({ recovered, url: bridge.url, token });

const runtime = new TrustAwareOrchestrationRuntime({
  agents: Object.fromEntries(names.map((name) => [name, bridge.agent(name)])),
  trust,
  patterns: [supervisorWorker],
});
// Agents that never joined have no trust chain yet, and a run with them would be denied at once.
await joined;
for (let i = 0; i < Number(runs); i++) {
  const handle = runtime.start('the report', { pattern: 'supervisor_worker' });
  say({ started: handle.runId });
  await handle.result.then(
    () => say({ succeeded: handle.runId }),
    (error) => say({ failed: handle.runId, code: error.code }),
  );
}
await bridge.close();
say({ closed: true });
