import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { request } from 'node:http';
import {
  FileKeyManager,
  TrustAwareOrchestrationRuntime,
  TrustedAgent,
  TrustOperations,
} from '@kaizen-eatp/core';
import { verifyReceipt } from '@kaizen-eatp/core/receipt';
import { authorityCodec } from '@kaizen-eatp/core/records';
import { sequential } from '@kaizen-eatp/patterns';
import { SqliteTrustStore } from '@kaizen-eatp/store-sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kaizen, startKaizen } from './support/kaizen.js';
import { wordsOf } from './support/run-script.js';
import { SERVICE_CALLS } from './support/services.js';
import { makeWorld, PASSPHRASE, runAgents, type World } from './support/world.js';

const TOKEN = 'a-token-of-the-test-0123456789';

describe('kaizen-eatp serve', () => {
  let world: World;
  let server: ChildProcess;
  let origin: string;
  let runId: string;
  let store: SqliteTrustStore;
  beforeAll(async () => {
    world = makeWorld();
    await kaizen(['init', '--name', 'ACME', '--id', 'org-acme'], { env: world.env });
    store = await SqliteTrustStore.open({ path: world.path('eatp', 'trust.db') });
    ({ runId } = await runAgents(world, store, 'org-acme'));
    writeFileSync(world.path('token'), `${TOKEN}\n`, { mode: 0o600 });
    await kaizen(['checkpoint', 'create', '--file', world.path('checkpoints.jsonl')], { env: world.env });
    server = startKaizen(
      [...wordsOf(SERVICE_CALLS.serve.replaceAll('{folder}', world.folder)), '--json'],
      world.env,
    );
    const [line] = (await once(server.stdout as NonNullable<ChildProcess['stdout']>, 'data')) as [Buffer];
    const { url } = (JSON.parse(line.toString()) as { result: { url: string } }).result;
    expect(url).toMatch(new RegExp(`^http://127\\.0\\.0\\.1:\\d+/#token=${TOKEN}$`));
    ({ origin } = new URL(url));
  });
  afterAll(async () => {
    server.kill('SIGKILL');
    await store.close();
    world.remove();
  });

  const get = (path: string, headers: Record<string, string> = { authorization: `Bearer ${TOKEN}` }) =>
    fetch(`${origin}${path}`, { headers });
  const json = async (path: string): Promise<Record<string, never>> => {
    const response = await get(path);
    expect(response.status).toBe(200);
    return (await response.json()) as Record<string, never>;
  };

  it('serves the page to anyone, and data only with the token', async () => {
    const page = await get('/', {});
    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(page.headers.get('cache-control')).toBe('no-store');
    expect(page.headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    expect(await page.text()).toContain('<html');
    for (const path of [
      '/api/info',
      '/api/runs',
      `/api/runs/${runId}`,
      '/api/agents',
      '/api/approvals',
      `/api/runs/${runId}/receipt`,
      `/api/runs/${runId}/events`,
    ]) {
      expect((await get(path, {})).status).toBe(401);
      expect((await get(path, { authorization: 'Bearer wrong' })).status).toBe(401);
    }
  });

  it('changes nothing, and answers under no other name', async () => {
    const post = await fetch(`${origin}/api/runs`, {
      method: 'POST',
      headers: { authorization: `Bearer ${TOKEN}` },
    });
    expect(post.status).toBe(405);
    const rebound = await new Promise<number>((resolve) => {
      const { port } = new URL(origin);
      const headers = { host: 'evil.example', authorization: `Bearer ${TOKEN}` };
      request({ host: '127.0.0.1', port, path: '/api/info', headers }, (answer) =>
        resolve(answer.statusCode ?? 0),
      ).end();
    });
    expect(rebound).toBe(421);
  });

  it('describes the deployment, its runs and its agents', async () => {
    expect(await json('/api/info')).toMatchObject({
      api: 1,
      name: 'Example',
      readOnly: true,
      approvals: true,
      approver: null,
      authorities: { 'org-acme': expect.stringMatching(/^[A-Za-z0-9+/]{43}=$/) },
    });
    const summary = {
      runId,
      taskId: 'report-001',
      state: 'succeeded',
      pattern: 'sequential',
      denials: 1,
      verdict: 'valid',
    };
    expect(await json('/api/runs')).toMatchObject({ runs: [summary], next: null });
    expect(
      await json('/api/runs?agent=agent-clerk&action=pay&result=denied&from=2020-01-01&limit=1'),
    ).toMatchObject({ runs: [summary] });
    for (const query of ['agent=agent-none', 'action=pay&result=success', 'to=2020-01-01', 'person=mary'])
      expect(await json(`/api/runs?${query}`)).toMatchObject({ runs: [] });
    for (const query of ['limit=0', 'limit=x', 'cursor=none', 'state=asleep', 'from=yesterday'])
      expect(await (await get(`/api/runs?${query}`)).json(), query).toMatchObject({
        error: { code: 'INVALID_ARGUMENT' },
      });
    const run = (await json(`/api/runs/${encodeURIComponent(runId)}`)) as unknown as {
      entries: { sequence: number }[];
      chains: string[];
      authorities: string[];
      delegations: unknown[];
    };
    expect(run.entries.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4]);
    expect([run.chains.length, run.authorities.length, run.delegations.length]).toEqual([2, 1, 1]);
    expect(await json('/api/agents')).toMatchObject({
      agents: [
        { agentId: 'agent-analyst', state: 'active' },
        { agentId: 'agent-clerk' },
        // Makes the records of checkpoints.
        { agentId: 'agent-recorder-org-acme' },
      ],
    });
    expect(await json('/api/agents/agent-clerk')).toMatchObject({
      agentId: 'agent-clerk',
      authorityId: 'org-acme',
      stops: { runs: [] },
    });
    for (const path of [
      '/api/runs/none',
      '/api/agents/none',
      '/api/none',
      '/api/runs/none/events',
      '/api/runs/outside-runs',
    ])
      expect((await get(path)).status).toBe(404);
  });

  it('sends each record of a run in progress once, although the connection is cut 20 times', async () => {
    const keyManager = new FileKeyManager(world.path('eatp', 'keys'), PASSPHRASE);
    const trust = new TrustOperations({ store, keyManager });
    const counter = new TrustedAgent({
      name: 'counter',
      trust,
      agent: async (n: number, context) => {
        for (let i = 0; i < n; i++) await context.callTool('count', { i });
        return n;
      },
      tools: { count: { run: () => new Promise((resolve) => setTimeout(resolve, 5)), effects: 'read' } },
    });
    await counter.establishTrust({ authorityId: 'org-acme', capabilities: ['count'] });
    const runtime = new TrustAwareOrchestrationRuntime({
      agents: { counter },
      trust,
      patterns: [sequential],
    });
    const running = runtime.execute(100, { pattern: 'sequential', runId: 'run-live' });
    const seen: number[] = [];
    let [last, cuts, hasEnded] = [0, 0, false];
    while (!hasEnded) {
      const cut = new AbortController();
      const headers = { authorization: `Bearer ${TOKEN}`, 'last-event-id': String(last) };
      const response = await fetch(`${origin}/api/runs/run-live/events`, { headers, signal: cut.signal });
      if (response.status === 404) continue;
      expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
      let buffer = '';
      let received = 0;
      try {
        for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
          buffer += Buffer.from(chunk).toString();
          const events = buffer.split('\n\n');
          buffer = events.pop() as string;
          for (const event of events) {
            if (cut.signal.aborted) break;
            const [, kind, id, data] = /^event: (\w+)\nid: (\d+)\ndata: (.*)$/s.exec(event) ?? [];
            if (kind === 'entry') {
              seen.push((JSON.parse(data as string) as { sequence: number }).sequence);
              last = Number(id);
              received += 1;
            }
            hasEnded ||= kind === 'end';
            if (received >= 4 && cuts < 20) {
              cuts += 1;
              cut.abort();
            }
          }
        }
      } catch (error) {
        expect((error as Error).name).toBe('AbortError');
      }
    }
    await running;
    expect(cuts).toBe(20);
    expect(seen).toEqual(Array.from({ length: 102 }, (_, i) => i + 1));
    expect(await json('/api/runs/run-live')).toMatchObject({ summary: { state: 'succeeded', entries: 102 } });
  });

  it('describes the deployment as a whole, compared with a checkpoint', async () => {
    await kaizen(['establish', 'agent-gone', '--authority', 'org-acme'], { env: world.env });
    await kaizen(['revoke', 'agent', 'agent-gone', '--yes', '--reason', 'left'], { env: world.env });
    expect(await json('/api/deployment')).toMatchObject({
      authorities: [{ id: 'org-acme', isActive: true, isPinned: true }],
      revocations: [{ action: 'revoke_agent', reason: 'left' }],
      findings: [],
      checkpoint: { findings: [] },
    });
  });

  it('serves the receipt of an ended run, which can be verified, and no other', async () => {
    expect(await json(`/api/runs/${runId}`)).toMatchObject({ hasReceipt: true });
    const response = await get(`/api/runs/${runId}/receipt`);
    expect(response.status).toBe(200);
    const { publicKey } = (await store.readAuthorities(['org-acme'])).map((stored) =>
      authorityCodec.decodeText(stored?.text ?? ''),
    )[0] as { publicKey: string };
    expect(
      await verifyReceipt(await response.text(), { authorities: { 'org-acme': publicKey } }),
    ).toMatchObject({ valid: true, runId });
    for (const none of ['run-none', 'outside-runs'])
      expect((await get(`/api/runs/${none}/receipt`)).status).toBe(404);
  });

  it('serves neither receipts nor approvals without the passphrase', async () => {
    const { KAIZEN_EATP_PASSPHRASE_FILE: _, ...env } = world.env;
    const locked = startKaizen(['serve', '--token-file', world.path('token')], env);
    const [line] = (await once(locked.stdout, 'data')) as [Buffer];
    const { origin: at } = new URL(line.toString().replace('Serving at ', '').trim());
    const ask = (path: string) => fetch(`${at}${path}`, { headers: { authorization: `Bearer ${TOKEN}` } });
    expect(await (await ask('/api/info')).json()).toMatchObject({ approvals: false });
    expect(await (await ask(`/api/runs/${runId}`)).json()).toMatchObject({ hasReceipt: false });
    for (const path of [`/api/runs/${runId}/receipt`, '/api/approvals'])
      expect((await ask(path)).status).toBe(404);
    const closed = once(locked, 'close');
    locked.kill('SIGINT');
    expect((await closed)[0]).toBe(0);
  });

  it('refuses a token that is too simple, and ends with 0 when it is interrupted', async () => {
    writeFileSync(world.path('short'), 'short', { mode: 0o600 });
    expect(
      await kaizen(['serve', '--token-file', world.path('short'), '--json'], { env: world.env }),
    ).toMatchObject({ code: 2 });
    const closed = once(server, 'close');
    server.kill('SIGTERM');
    expect((await closed)[0]).toBe(0);
  });
});
