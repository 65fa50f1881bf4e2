// A program with a bridge for Python workers. Its settings are environment variables:
//
//   BRIDGE_HOST, BRIDGE_PORT   where it listens; default 127.0.0.1:7411
//   BRIDGE_CERT, BRIDGE_KEY    PEM files for TLS, needed on any address but a loopback one
//   BRIDGE_HOME                the folder for its keys; default ./bridge-home
//   BRIDGE_TOKENS              the folder for enrolment tokens; default BRIDGE_HOME/tokens
//   BRIDGE_WORKERS             how many enrolment tokens to make, one for each worker; default 1
//   DATABASE_URL               a PostgreSQL database for the trust store; default: memory, which a restart loses
//   BRIDGE_PASSPHRASE          encrypts the authority's key; needed with DATABASE_URL
//   AGENTS                     the agents that workers may bring, separated by commas; default: echo
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PythonBridge } from '@kaizen-eatp/bridge-python';
import { FileKeyManager, TrustAwareOrchestrationRuntime, TrustOperations } from '@kaizen-eatp/core';
import { allPatterns } from '@kaizen-eatp/patterns';

const { env } = process;
const home = env.BRIDGE_HOME ?? 'bridge-home';
const tokens = env.BRIDGE_TOKENS ?? join(home, 'tokens');
const names = (env.AGENTS ?? 'echo').split(',');
for (const folder of [home, tokens]) await mkdir(folder, { recursive: true, mode: 0o700 });

const trust = new TrustOperations(await trustOptions());
// The store keeps records, the key manager keys: a process that starts again has its authority and its agents.
const acme =
  (await trust.getAuthority('org-acme')) ?? (await trust.createEnterpriseAuthority({ name: 'ACME' }));
await trust.recover();
const bridge = await PythonBridge.listen({
  trust,
  host: env.BRIDGE_HOST ?? '127.0.0.1',
  port: Number(env.BRIDGE_PORT ?? 7411),
  keyFile: join(home, 'bridge.key'),
  log: { format: 'json' },
  ...(env.BRIDGE_CERT && {
    tls: { cert: await readFile(env.BRIDGE_CERT), key: await readFile(env.BRIDGE_KEY) },
  }),
});

// A token for each worker with an agent that has no trust chain yet; a worker that has joined once needs none. A token from
// before this process is of no use: tokens end with the process that made them.
for (let number = 1; number <= Number(env.BRIDGE_WORKERS ?? 1); number += 1) {
  const served = names.map((name) => `${name}-${number}`);
  const chains = await Promise.all(served.map((name) => trust.getChain(`agent-${name}`)));
  if (chains.every((chain) => chain !== undefined)) continue;
  const token = await bridge.createEnrolmentToken({
    authorityId: acme.id,
    agents: Object.fromEntries(served.map((name) => [name, { capabilities: ['answer'] }])),
    expiresIn: 24 * 3_600_000,
  });
  const path = join(tokens, `worker-${number}.token`);
  // In one step, so that a worker never reads half of it.
  await writeFile(`${path}.new`, token, { mode: 0o600 });
  await rename(`${path}.new`, path);
}

const agents = Object.fromEntries(
  Array.from({ length: Number(env.BRIDGE_WORKERS ?? 1) }, (_, i) => i + 1)
    .flatMap((number) => names.map((name) => `${name}-${number}`))
    .map((name) => [name, bridge.agent(name)]),
);
const runtime = new TrustAwareOrchestrationRuntime({ agents, trust, patterns: allPatterns });

// Ask for a run: kill -USR2 PID. A program of your own runs what it has to do instead.
process.on('SIGUSR2', async () => {
  try {
    const { result, runId } = await runtime.execute({ text: 'hello' }, { pattern: 'sequential' });
    console.log(JSON.stringify({ event: 'run', runId, result }));
  } catch (error) {
    console.log(JSON.stringify({ event: 'run failed', code: error.code, message: error.message }));
  }
});
for (const signal of ['SIGTERM', 'SIGINT'])
  process.once(signal, async () => {
    await bridge.close();
    process.exit(0);
  });

async function trustOptions() {
  if (!env.DATABASE_URL) return {};
  const { PostgresTrustStore } = await import('@kaizen-eatp/store-postgres');
  const store = await PostgresTrustStore.open({ connectionString: env.DATABASE_URL });
  return { store, keyManager: new FileKeyManager(join(home, 'keys'), env.BRIDGE_PASSPHRASE) };
}
