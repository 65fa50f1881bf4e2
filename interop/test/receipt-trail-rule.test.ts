import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { verifyReceipt } from '@kaizen-eatp/core/receipt';
import { linkHash, TRAIL_START } from '@kaizen-eatp/core/store';
import { expect, it, onTestFinished } from 'vitest';
import { World } from '../../packages/core/test/runtime/world.js';

const fileOf = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Whether the reference's verifier accepts everything in a receipt. */
function isAcceptedByPython(text: string): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'eatp-rule-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'receipt.json');
  writeFileSync(path, text);
  const script = fileOf('../python/verify_receipt.py');
  const { status, stdout, stderr } = spawnSync(fileOf('../../.venv/bin/python'), [script, path], {
    encoding: 'utf8',
  });
  expect(stdout, stderr).toMatch(/\d+ accepted, \d+ refused/);
  return status === 0;
}

async function receiptAcross(step: number) {
  const world = await World.make();
  const alice = await world.agent('alice', (input) => {
    world.clock.move(step);
    return input;
  });
  const bob = await world.agent('bob');
  const result = await world.execute([alice, bob], async ({ agents: [a, b], input, invoke, delegate }) => {
    const first = await invoke(a!, input);
    await delegate(a!, b!);
    return invoke(b!, first);
  });
  const { id, publicKey } = world.authority;
  return { text: (await result.receipt()).text, authorities: { [id]: publicKey } };
}

it.each([-1, -1_000, -3_600_000, 3_600_000])(
  'both verifiers accept a run during which the clock stepped by %i ms',
  async (step) => {
    const { text, authorities } = await receiptAcross(step);
    expect((await verifyReceipt(text, { authorities })).valid).toBe(true);
    expect(isAcceptedByPython(text)).toBe(true);
  },
);

it.each<[string, (anchors: string[]) => string[]]>([
  ['without its first anchor', (a) => a.slice(1)],
  ['without an anchor in the middle', (a) => a.toSpliced(1, 1)],
  ['without its end', (a) => a.slice(0, -1)],
  ['with two anchors swapped', ([a, b, ...rest]) => [b!, a!, ...rest]],
  ['with an anchor twice', ([a, ...rest]) => [a!, a!, ...rest]],
])('both verifiers refuse a trail %s', async (_what, cut) => {
  const { text, authorities } = await receiptAcross(1);
  const content = JSON.parse(text);
  const anchors = cut(content.anchors);
  const changed = JSON.stringify({ ...content, anchors, trail_hash: anchors.reduce(linkHash, TRAIL_START) });
  expect((await verifyReceipt(changed, { authorities }).catch(() => ({ valid: false }))).valid).toBe(false);
  expect(isAcceptedByPython(changed)).toBe(false);
});
