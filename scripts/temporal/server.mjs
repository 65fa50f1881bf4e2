// Starts a server of Temporal for a test or a benchmark, with its data in memory.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { binary } from './binary.mjs';

const NAMESPACE = 'default';
const START = 60_000;
const SERVICES = ['frontend', 'history', 'matching'];

/**
 * Starts a server and registers the namespace `default`; with TEMPORAL_ADDRESS, that server is used and left as it is.
 *
 * @param Connection - that of @temporalio/client, which the caller imports.
 */
export async function startTemporal(Connection) {
  const given = process.env.TEMPORAL_ADDRESS;
  if (given) {
    await registerNamespace(Connection, given);
    return { address: given, stop: async () => undefined };
  }
  const folder = mkdtempSync(join(tmpdir(), 'eatp-temporal-'));
  const ports = await freePorts(2 * SERVICES.length);
  const config = join(folder, 'config.json');
  writeFileSync(join(folder, 'dynamic.yaml'), '');
  writeFileSync(config, JSON.stringify(configOf(ports, folder)));
  const server = spawn(
    binary,
    ['--config-file', config, '--allow-no-auth', 'start', ...SERVICES.flatMap((name) => ['--service', name])],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  const exited = new Promise((resolve) => server.once('exit', resolve));
  // A test that is interrupted leaves no server behind.
  const kill = () => server.kill('SIGKILL');
  process.once('exit', kill);
  const stop = async () => {
    process.off('exit', kill);
    kill();
    await exited;
    rmSync(folder, { recursive: true, force: true });
  };
  const address = `127.0.0.1:${ports[0]}`;
  try {
    const died = exited.then((code) => {
      throw new Error(`the server of Temporal ended with ${code}`);
    });
    await Promise.race([died, registerNamespace(Connection, address)]);
  } catch (error) {
    await stop();
    throw error;
  }
  return { address, stop };
}

/** Waits until the server answers and has the namespace. */
async function registerNamespace(Connection, address) {
  const deadline = Date.now() + START;
  for (;;) {
    let connection;
    try {
      connection = await Connection.connect({ address, connectTimeout: 2_000 });
      const { workflowService } = connection;
      await workflowService
        .registerNamespace({ namespace: NAMESPACE, workflowExecutionRetentionPeriod: { seconds: 86_400 } })
        .catch((error) => {
          // ALREADY_EXISTS
          if (error.code !== 6) throw error;
        });
      // Its caches learn of it a moment later.
      await workflowService.countWorkflowExecutions({ namespace: NAMESPACE });
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 200));
    } finally {
      await connection?.close();
    }
  }
}

async function freePorts(count) {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise((resolve, reject) => {
          const server = createServer();
          server.once('error', reject);
          server.listen(0, '127.0.0.1', () => resolve(server));
        }),
    ),
  );
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

function configOf(ports, folder) {
  const sql = (databaseName) => ({
    sql: {
      pluginName: 'sqlite',
      databaseName,
      connectAddr: 'localhost',
      connectProtocol: 'tcp',
      connectAttributes: { mode: 'memory', cache: 'private' },
      maxConns: 1,
      maxIdleConns: 1,
      maxConnLifetime: '1h',
      tls: { enabled: false },
    },
  });
  const service = ([grpcPort, membershipPort]) => ({
    rpc: { grpcPort, membershipPort, bindOnLocalHost: true },
  });
  return {
    log: { stdout: true, level: 'error' },
    persistence: {
      defaultStore: 'default',
      visibilityStore: 'visibility',
      numHistoryShards: 1,
      datastores: { default: sql('default'), visibility: sql('default') },
    },
    global: { membership: { maxJoinDuration: '30s', broadcastAddress: '127.0.0.1' } },
    services: Object.fromEntries(SERVICES.map((name, i) => [name, service(ports.slice(2 * i, 2 * i + 2))])),
    clusterMetadata: {
      enableGlobalNamespace: false,
      failoverVersionIncrement: 10,
      masterClusterName: 'active',
      currentClusterName: 'active',
      clusterInformation: {
        active: {
          enabled: true,
          initialFailoverVersion: 1,
          rpcName: 'frontend',
          rpcAddress: `127.0.0.1:${ports[0]}`,
        },
      },
    },
    dcRedirectionPolicy: { policy: 'noop' },
    archival: { history: { state: 'disabled' }, visibility: { state: 'disabled' } },
    namespaceDefaults: { archival: { history: { state: 'disabled' }, visibility: { state: 'disabled' } } },
    dynamicConfigClient: { filepath: join(folder, 'dynamic.yaml'), pollInterval: '60s' },
  };
}
