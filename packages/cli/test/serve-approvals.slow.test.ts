import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { resultIn, runKaizen, startKaizen } from './support/kaizen.js';
import { makeWorld, type World } from './support/world.js';

let world: World;
let worker: ReturnType<typeof startKaizen>;
let agent: string[];

const call = async (...args: string[]) => {
  const done = await runKaizen(args, world.env);
  expect(done, done.stderr + done.stdout).toMatchObject({ code: 0 });
  return done;
};

beforeAll(async () => {
  world = makeWorld();
  await call('init', '--name', 'ACME', '--id', 'org');
  await call('establish', 'agent-adder', '--authority', 'org', '--capabilities', 'add');
  await call('approver', 'establish', 'person-carol', '--authority', 'org', '--actions', 'execute');
  await call('approver', 'establish', 'person-dave', '--authority', 'org', '--actions', 'pay');
  const script =
    "let text = ''; for await (const part of process.stdin) text += part; console.log(eval(JSON.parse(text).join('+')));";
  writeFileSync(world.path('adder.mjs'), script);
  agent = [
    '--agent',
    `adder=node ${world.path('adder.mjs')}`,
    '--approval',
    'adder=person-carol,person-dave',
  ];
  worker = startKaizen(['worker', ...agent], world.env);
});
afterAll(async () => {
  const closed = once(worker, 'close');
  worker.kill('SIGINT');
  await closed;
  world.remove();
});

/** Starts a server, and returns a function that asks it. */
async function serve(...args: string[]) {
  const server = startKaizen(['serve', '--json', ...args], world.env);
  const [line] = (await once(server.stdout, 'data')) as [Buffer];
  const { result } = JSON.parse(line.toString()) as { result: { url: string; read_only: boolean } };
  const { origin, hash } = new URL(result.url);
  const headers = { authorization: `Bearer ${hash.replace('#token=', '')}` };
  const ask = (path: string, body?: object) =>
    fetch(`${origin}${path}`, {
      headers,
      ...(body && { method: 'POST', body: JSON.stringify(body) }),
    });
  /** Sends a decision byte by byte, so that a character arrives in parts. Headers are added to those of `ask`. */
  const post = async (body: object, added: Record<string, string>): Promise<number | undefined> => {
    const sent = request(`${origin}/api/approvals`, { method: 'POST', headers: { ...headers, ...added } });
    sent.flushHeaders();
    sent.on('error', () => undefined);
    const answered = once(sent, 'response') as Promise<[IncomingMessage]>;
    for (const byte of Buffer.from(JSON.stringify(body))) {
      if (sent.destroyed) break;
      await new Promise((resolve) => sent.write(Buffer.of(byte), resolve));
    }
    sent.end();
    const [{ statusCode }] = await answered;
    return statusCode;
  };
  return { ask, post, isReadOnly: result.read_only, end: () => server.kill('SIGKILL') };
}

it('a server decides in the name of an approver only if it was started for that person, and only what was shown', async () => {
  await call('run', 'start', '[3, 4]', ...agent, '--durable', '--run', 'run-1');
  const reader = await serve();
  const carol = await serve('--approve-as', 'person-carol');
  const dave = await serve('--approve-as', 'person-dave');
  try {
    expect([reader.isReadOnly, carol.isReadOnly]).toEqual([true, false]);
    expect(await (await carol.ask('/api/info')).json()).toMatchObject({
      readOnly: false,
      approver: 'person-carol',
    });
    let approvals: { id: string; digest: string }[] = [];
    while (approvals.length === 0)
      ({ approvals } = (await (await reader.ask('/api/approvals')).json()) as {
        approvals: typeof approvals;
      });
    expect(approvals).toMatchObject([
      {
        runId: 'run-1',
        agentId: 'agent-adder',
        action: 'execute',
        input: '[3,4]',
        approvers: ['person-carol', 'person-dave'],
        required: 1,
        answered: [],
      },
    ]);
    // It waits before its first step, and is shown although it has no record.
    const waiting = { runId: 'run-1', state: 'waiting', pattern: 'sequential', entries: 0, verdict: 'open' };
    expect(await (await reader.ask('/api/runs')).json()).toMatchObject({ runs: [waiting] });
    expect(await (await reader.ask('/api/runs/run-1')).json()).toMatchObject({
      summary: waiting,
      entries: [],
      hasReceipt: false,
    });
    expect((await reader.ask('/api/runs/run-none')).status).toBe(404);
    const [{ id, digest }] = approvals as [{ id: string; digest: string }];
    const decision = { id, digest, decision: 'approve', reason: 'seen' };
    expect((await reader.ask('/api/approvals', decision)).status).toBe(405);
    expect((await carol.ask('/api/runs', decision)).status).toBe(405);
    expect(await carol.post(decision, { authorization: 'Bearer wrong' })).toBe(401);
    expect(await carol.post(decision, { authorization: '' })).toBe(401);
    expect(await carol.post(decision, { host: 'evil.example' })).toBe(421);
    expect(await (await reader.ask('/api/approvals')).json()).toMatchObject({
      approvals: [{ answered: [] }],
    });
    expect((await carol.ask('/api/approvals', { ...decision, digest: 'f'.repeat(64) })).status).toBe(409);
    expect((await carol.ask('/api/approvals', { ...decision, decision: 'maybe' })).status).toBe(400);
    expect((await carol.ask('/api/approvals', { ...decision, reason: 'x'.repeat(70_000) })).status).toBe(400);
    // Dave is an approver of another action.
    const refused = await dave.ask('/api/approvals', decision);
    expect(refused.status).toBe(403);
    expect(await refused.json()).toMatchObject({ error: { code: 'APPROVAL_REFUSED' } });
    expect(await carol.post({ ...decision, reason: 'geprüft' }, {})).toBe(200);
    let state: unknown;
    do ({ state } = resultIn(await call('run', 'show', 'run-1', '--json')));
    while (state === 'waiting' || state === 'queued' || state === 'running');
    expect(state).toBe('succeeded');
    expect(await runKaizen(['run', 'cancel', 'run-1', '--yes'], world.env)).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/^Run run-1 has ended already: succeeded/),
    });
    expect((await call('trail', 'show', 'run-1', '--format', 'jsonl', '--quiet')).stdout).toMatch(
      /"approver_id":"person-carol"[^}]*"decision":"approve"[^}]*"reason":"gepr(ü|\\u00fc)ft"/,
    );
    expect(await (await reader.ask('/api/approvals')).json()).toEqual({ approvals: [], unreadable: [] });
  } finally {
    for (const { end } of [reader, carol, dave]) end();
  }
});

it('a server does not start for an approver whose key is not there', async () => {
  const done = await runKaizen(['serve', '--approve-as', 'person-none', '--json'], world.env);
  expect(done).toMatchObject({ code: 2 });
  expect(done.stdout).toContain("There is no key 'person-none' to sign with");
});

it.each([
  ['none', 'FILE_NOT_FOUND'],
  ['-', 'COMMAND_USAGE'],
])('a server does not start with the checkpoint %s, which it could not read later', async (name, code) => {
  const path = name === '-' ? name : world.path(name);
  const done = await runKaizen(['serve', '--checkpoint', path, '--json'], world.env);
  expect(JSON.parse(done.stdout)).toMatchObject({ error: { code } });
});

it('a server does not start with a wrong passphrase, or a token that others can read', async () => {
  writeFileSync(world.path('wrong'), 'another passphrase', { mode: 0o600 });
  writeFileSync(world.path('open'), 'a-token-that-is-long-enough', { mode: 0o644 });
  for (const [option, file, code] of [
    ['--passphrase-file', 'wrong', 'KEY_PASSPHRASE_WRONG'],
    ['--token-file', 'open', 'SECRET_EXPOSED'],
  ] as const) {
    const done = await runKaizen(['serve', option, world.path(file), '--json'], world.env);
    expect(JSON.parse(done.stdout)).toMatchObject({ error: { code } });
  }
});
