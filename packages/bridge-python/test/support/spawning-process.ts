// A process with a Python worker, to be killed: node spawning-process.ts PYTHON MODULE. Runs what is built.

import { spawnPythonAgents } from '@kaizen-eatp/bridge-python';
import { TrustOperations } from '@kaizen-eatp/core';

const [, , python, module] = process.argv as [string, string, string, string];
const trust = new TrustOperations();
const acme = await trust.createEnterpriseAuthority({ name: 'ACME' });
const { pids } = await spawnPythonAgents({
  trust,
  authorityId: acme.id,
  module,
  agents: ['sleeper'],
  python,
  verify: 'signature',
  onLog: () => undefined,
});
console.log(pids[0]);
setInterval(() => undefined, 1_000);
