import { generateKeyPairSync } from 'node:crypto';
import { chmodSync, writeFileSync } from 'node:fs';
import { generateKeyPair } from '@kaizen-eatp/core';
import type { TrustStore } from '@kaizen-eatp/core/store';
import { describe, expect, it } from 'vitest';
import { kaizen } from './kaizen.js';
import { type Case, SCRIPT } from './table.js';
import { PASSPHRASE, runAgents, type World } from './world.js';

/** Runs the script over one store, call by call. Each call can depend on those before it. */
export function describeScript(
  kind: string,
  prepare: () => Promise<World>,
  openStore: (world: World) => Promise<TrustStore>,
): void {
  describe(`every command over ${kind}`, () => {
    const kept: Record<string, string> = { seedFd: '9998' };
    let world: World;

    it('starts with an empty folder', async () => {
      world = await prepare();
      kept.folder = world.folder;
      writeInputs(world);
    });

    it.each(SCRIPT)('kaizen-eatp $call', async (step) => {
      if (step.call === 'trail list') {
        const store = await openStore(world);
        kept.run = (await runAgents(world, store, 'org-acme-corp')).runId;
        await store.close();
      }
      await check(step, kept, world);
    });

    it('leaves nothing behind', () => world.remove());
  });
}

function writeInputs(world: World): void {
  writeFileSync(world.path('seed'), `${generateKeyPair().privateKey}\n`, { mode: 0o600 });
  const { privateKey } = generateKeyPairSync('ed25519');
  const pem = privateKey.export({
    format: 'pem',
    type: 'pkcs8',
    cipher: 'aes-256-cbc',
    passphrase: PASSPHRASE,
  });
  writeFileSync(world.path('key.pem'), pem, { mode: 0o600 });
  writeFileSync(world.path('wrong-passphrase'), 'a wrong passphrase', { mode: 0o600 });
  writeFileSync(world.path('open-passphrase'), PASSPHRASE, { mode: 0o644 });
  chmodSync(world.path('open-passphrase'), 0o644);
  writeFileSync(
    world.path('adder.mjs'),
    "let text = ''; for await (const part of process.stdin) text += part;" +
      'console.log(JSON.parse(text).reduce((a, b) => a + b));',
  );
  writeFileSync(
    world.path('printer.mjs'),
    "let text = ''; for await (const part of process.stdin) text += part; console.log('The sum is ' + text.trim() + '.');",
  );
  const at = '2026-01-01T00:00:00+00:00';
  const foreign = {
    id: 'org-foreign',
    name: 'Foreign',
    authority_type: 'organization',
    public_key: generateKeyPair().publicKey,
    signing_key_id: 'key-foreign',
    permissions: ['create_agents'],
    created_at: at,
    updated_at: at,
    is_active: true,
  };
  writeFileSync(world.path('authority.json'), JSON.stringify(foreign));
}

async function check(step: Case, kept: Record<string, string>, world: World): Promise<void> {
  const fill = (text: string): string => text.replaceAll(/\{(\w+)\}/g, (all, name) => kept[name] ?? all);
  const done = await kaizen(wordsOf(fill(step.call)), {
    env: world.env,
    ...(step.input !== undefined && { input: step.input }),
  });
  expect(done, done.stderr + done.stdout).toMatchObject({ code: step.code ?? 0 });
  expect(done.stdout + done.stderr).not.toContain(PASSPHRASE);
  if (!step.call.includes('--json')) {
    if (step.out) expect(done.stdout).toMatch(pattern(step.out, kept));
    else expect(done.stdout).toBe('');
    if (step.err) expect(done.stderr).toMatch(step.err);
    else if (!step.call.startsWith('trail show')) expect(done.stderr).toBe('');
    return;
  }
  expect(done.stderr).toBe('');
  const answer = JSON.parse(done.stdout) as { ok: boolean; result?: Record<string, string>; error?: object };
  expect(answer.ok).toBe(step.error === undefined);
  expectMatch(answer.ok ? answer.result : answer.error, step.error ?? step.result ?? {}, fill);
  for (const [name, field] of Object.entries(step.keep ?? {})) kept[name] = answer.result?.[field] as string;
}

/** A pattern in which `<x>` stands for a value that was kept. */
const pattern = ({ source, flags }: RegExp, kept: Record<string, string>): RegExp =>
  new RegExp(
    source.replaceAll(/<(\w+)>/g, (all, name) => kept[name] ?? all),
    flags,
  );

/** Compares as `toMatchObject`; a regular expression is compared with the JSON of the value. */
function expectMatch(actual: unknown, expected: unknown, fill: (text: string) => string): void {
  if (expected instanceof RegExp) {
    const text = typeof actual === 'string' ? actual : JSON.stringify(actual);
    expect(text).toMatch(expected);
  } else if (Array.isArray(expected)) {
    expect(actual).toHaveLength(expected.length);
    for (const [i, item] of expected.entries()) expectMatch((actual as unknown[])[i], item, fill);
  } else if (typeof expected === 'object' && expected !== null) {
    expect(actual).toBeTypeOf('object');
    for (const [name, value] of Object.entries(expected))
      expectMatch((actual as Record<string, unknown>)[name], value, fill);
  } else {
    expect(actual).toBe(typeof expected === 'string' ? fill(expected) : expected);
  }
}

/** The words of a call; quotes join those between them. */
export const wordsOf = (call: string): string[] =>
  [...call.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, word]) => quoted ?? (word as string));
