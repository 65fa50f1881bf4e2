import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PythonBridge, spawnPythonAgents } from '@kaizen-eatp/bridge-python';
import { MemoryTrustStore, TrustedAgent, TrustOperations } from '@kaizen-eatp/core';
import { jsonMember } from '@kaizen-eatp/core/records';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { SimpleSpanProcessor } from '@opentelemetry/sdk-trace';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { recorded } from './support/recorded.js';
import { teamIn } from './support/team.js';

const fileOf = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
/** A Python with the collector and the SDK of OpenTelemetry; made once for each clone. */
const VENV = process.env.COLLECTOR_VENV ?? fileOf('../../../.venv-collector');
const PYTHON = join(VENV, 'bin', 'python');
const folder = mkdtempSync(join(tmpdir(), 'collector-'));
let collector: ChildProcess | undefined;
let address = '';

beforeAll(async () => {
  if (!existsSync(join(VENV, 'bin', 'phoenix'))) {
    run('python3', ['-m', 'venv', VENV]);
    run(PYTHON, ['-m', 'pip', 'install', '--quiet', '-r', fileOf('python/requirements.txt')]);
  }
  const [port, grpc] = [await freePort(), await freePort()];
  address = `http://127.0.0.1:${port}`;
  collector = spawn(join(VENV, 'bin', 'phoenix'), ['serve'], {
    env: {
      ...process.env,
      PHOENIX_HOST: '127.0.0.1',
      PHOENIX_PORT: String(port),
      PHOENIX_GRPC_PORT: String(grpc),
      PHOENIX_WORKING_DIR: folder,
      PHOENIX_TELEMETRY_ENABLED: 'false',
    },
    stdio: 'ignore',
  });
  await eventually(async () => (await fetch(`${address}/v1/projects`)).ok, 180);
}, 1_800_000);

afterAll(() => {
  collector?.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

interface CollectedSpan {
  readonly name: string;
  readonly context: { readonly trace_id: string; readonly span_id: string };
  readonly parent_id: string | null;
  readonly attributes: Readonly<Record<string, unknown>>;
}

it('a mixed run with tools, a denial and a nested run is one trace tree over both languages in a real collector', async () => {
  const exporter = new OTLPTraceExporter({ url: `${address}/v1/traces` });
  const { observer, tracerProvider } = recorded({ also: [new SimpleSpanProcessor({ exporter })] });
  const trust = new TrustOperations({ store: new MemoryTrustStore() });
  const { id: authorityId } = await trust.createEnterpriseAuthority({ name: 'ACME' });
  const archive = new TrustedAgent({
    name: 'archive',
    trust,
    agent: (question: unknown) => `found ${question}`,
  });
  await archive.establishTrust({ authorityId, capabilities: ['pay'] });
  const bridge = await PythonBridge.listen({ trust, serves: [archive] });
  onTestFinished(() => bridge.close({ drain: 0 }));
  const python = await spawnPythonAgents({
    bridge,
    authorityId,
    module: fileOf('python/traced_agents.py'),
    agents: { researcher: { capabilities: ['pay'] } },
    python: PYTHON,
    env: { COLLECTOR: `${address}/v1/traces`, PYTHONPATH: fileOf('../../bridge-python/python') },
    verify: 'signature',
    startTimeout: 120_000,
  });
  onTestFinished(() => python.close());
  const execute = await teamIn(trust, authorityId, [observer], { researcher: python.agents.researcher });
  const { auditTrail } = await execute('mixed');
  await tracerProvider.forceFlush();

  const traceId = String(jsonMember(auditTrail[0]?.context ?? null, 'trace_id'));
  const EXPECTED = [
    'invoke_workflow mixed',
    '  invoke_agent lead',
    '    invoke_workflow inner',
    '      invoke_agent checker',
    '  invoke_agent payer',
    '    execute_tool transfer',
    '  invoke_agent payer',
    '  invoke_agent researcher',
    '    research',
    '      ask the archive',
    '        invoke_agent archive',
  ];
  let spans: CollectedSpan[] = [];
  await eventually(async () => {
    const response = await fetch(`${address}/v1/projects/default/spans?limit=1000`);
    const { data } = (await response.json()) as { data: CollectedSpan[] };
    spans = data.filter(({ context }) => context.trace_id === traceId);
    return spans.length >= EXPECTED.length;
  }, 60);
  const ids = new Set(spans.map(({ context }) => context.span_id));
  expect(spans.filter(({ parent_id: parent }) => parent !== null && !ids.has(parent))).toEqual([]);
  expect(treeOf(spans).sort()).toEqual([...EXPECTED].sort());
  for (const { id, context } of auditTrail) {
    const span = spans.find((one) => one.context.span_id === jsonMember(context ?? null, 'span_id'));
    expect(span, `the span of anchor ${id}`).toBeDefined();
    expect(JSON.stringify(span)).toContain(id);
  }
}, 300_000);

function treeOf(spans: readonly CollectedSpan[], parent: string | null = null, depth = 0): string[] {
  return spans
    .filter(({ parent_id }) => parent_id === parent)
    .flatMap(({ name, context }) => [
      `${'  '.repeat(depth)}${name}`,
      ...treeOf(spans, context.span_id, depth + 1),
    ]);
}

function run(command: string, args: readonly string[]): void {
  const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed: ${stderr}`);
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

/** Waits until something holds. @param seconds - for at most so long. */
async function eventually(holds: () => Promise<boolean>, seconds: number): Promise<void> {
  for (let i = 0; i < seconds * 4; i++) {
    if (await holds().catch(() => false)) return;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  throw new Error(`it did not happen within ${seconds} seconds`);
}
