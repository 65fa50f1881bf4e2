import { createHash } from 'node:crypto';
import { type Root, TrustOperations } from '@kaizen-eatp/core';
import { sequential } from '@kaizen-eatp/patterns';
import type { SqliteTrustStore } from '@kaizen-eatp/store-sqlite';
import { trustWorld } from '@kaizen-eatp/testing';
import { describe, expect, it } from 'vitest';
import { openStore } from './support/places.js';
import { AT, delegation, intent, putChain, revokeAgent, sharedTrail } from './support/records.js';

const linesOf = async (store: SqliteTrustStore): Promise<string[]> => {
  const lines: string[] = [];
  for await (const line of store.exportJsonLines()) lines.push(line);
  return lines;
};

/** A store with something of every kind, more of some than fit a page, and records that are easily spoilt. */
async function filled(): Promise<{
  store: SqliteTrustStore;
  runId: string;
  roots: readonly Root[];
  shared: ReturnType<typeof sharedTrail>;
}> {
  const store = await openStore();
  const { runtime, roots } = await trustWorld({ store, agents: { alice: {}, bob: {} } });
  const { runId } = await runtime([sequential]).execute('Zoë 漢字', { pattern: 'sequential' });
  const shared = sharedTrail();
  await Promise.all(
    Array.from({ length: 1_100 }, (_, i) => store.commit([shared(`aud-${i}`, `{"n":${i}.0,"é":"\\u0000"}`)])),
  );
  await store.commit([
    putChain('agent-ended', null, '{ "spaced" : 1e-05 }'),
    { op: 'deactivate_chain', agentId: 'agent-ended', at: AT },
    delegation('del-1', { taskId: 'task-2', person: 'person-1' }),
    revokeAgent('agent-ended'),
    intent('run-9/1'),
  ]);
  return { store, runId, roots, shared };
}

/** The lines with a digest that fits, as an attacker who knows the format would make it. */
function sealed(lines: readonly string[]): string[] {
  const digest = createHash('sha256');
  for (const line of lines.slice(0, -1)) digest.update(line);
  const end = { type: 'end', lines: lines.length - 1, sha256: digest.digest('hex') };
  return [...lines.slice(0, -1), `${JSON.stringify(end)}\n`];
}

describe('an export', () => {
  it('gives a store in which all is as it was, to the byte', async () => {
    const { store, runId, roots, shared } = await filled();
    const lines = await linesOf(store);
    const copy = await openStore();
    expect(await copy.importJsonLines(lines)).toMatchObject({
      chain: 3,
      authority: 1,
      intent: 1,
      revocation: 1,
    });
    expect(await linesOf(copy)).toEqual(lines);
    const trust = new TrustOperations({ store: copy, roots });
    expect((await trust.verifyTrail(runId)).valid).toBe(true);
    expect((await trust.verify({ agentId: 'agent-alice', action: 'work', level: 'full' })).valid).toBe(true);
    await copy.commit([shared('aud-next')]);
    expect((await copy.trailHead('shared'))?.sequence).toBe(1_101);
    expect((await copy.readChains(['agent-ended']))[0]).toMatchObject({
      active: false,
      text: '{ "spaced" : 1e-05 }',
    });
  });

  it('is of one moment, and keeps no writer waiting', async () => {
    const { store, shared } = await filled();
    const lines: string[] = [];
    for await (const line of store.exportJsonLines()) {
      if (lines.length % 100 === 0) await store.commit([shared(`aud-late-${lines.length}`)]);
      lines.push(line);
    }
    expect(lines.filter((line) => line.includes('aud-late')).length).toBe(0);
    await (await openStore()).importJsonLines(lines);
  });

  it('may be taken in without line feeds, from whatever can be iterated', async () => {
    const { store } = await filled();
    const lines = (await linesOf(store)).map((line) => line.trimEnd());
    const copy = await openStore();
    await copy.importJsonLines(
      (async function* () {
        yield* lines;
      })(),
    );
    expect((await copy.listChains()).length).toBe(3);
  });
});

describe('an import takes nothing at all', () => {
  const refused = async (lines: readonly string[], code: string, reason: RegExp): Promise<void> => {
    const store = await openStore();
    const error = await store.importJsonLines(lines).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code, message: expect.stringMatching(reason) });
    expect(await store.listChains()).toEqual([]);
    expect((await linesOf(store)).length).toBe(2);
  };
  const change = (lines: readonly string[], from: string | RegExp, to: string): string[] => {
    const changed = lines.map((line) => line.replace(from, to));
    expect(changed).not.toEqual(lines);
    return changed;
  };

  it('of a file that was cut short, changed, added to or taken from', async () => {
    const lines = await linesOf((await filled()).store);
    await refused(lines.slice(0, -1), 'MALFORMED_RECORD', /a line of type end/);
    await refused([], 'MALFORMED_RECORD', /a line of type end/);
    await refused(change(lines, 'mallory had the key', 'nothing of note'), 'MALFORMED_RECORD', /digest/);
    await refused(
      lines.filter((line) => !line.includes('"del-1"')),
      'MALFORMED_RECORD',
      /lines before the end/,
    );
    await refused([...lines, lines[1] as string], 'MALFORMED_RECORD', /nothing after the line of type end/);
    await refused([lines[0] as string, '{"type":', ...lines.slice(1)], 'MALFORMED_RECORD', /Line 2/);
    await refused(lines.slice(1), 'MALFORMED_RECORD', /Line 1 .*kaizen-eatp-store/);
  });

  it('of a changed file whose digest was corrected', async () => {
    const lines = await linesOf((await filled()).store);
    const hostile = (...[from, to]: [string | RegExp, string]) => sealed(change(lines, from, to));
    await refused(
      sealed(lines.filter((line) => !line.includes('"aud-7"'))),
      'MALFORMED_RECORD',
      /entry 8 of trail shared/,
    );
    await refused(hostile('{\\"n\\":7.0', '{\\"n\\":8.0'), 'MALFORMED_RECORD', /entry 8 of trail shared/);
    await refused(hostile('"type":"intent"', '"type":"sqlite_master"'), 'MALFORMED_RECORD', /a line of/);
    await refused(hostile('"type":"revocation"', '"type":"chain"'), 'MALFORMED_RECORD', /a line of/);
    // Nobody could erase it, since a person is found by the run.
    for (const content of [
      { type: 'step', run_id: 'run-x', key: '1', print: 'p', outcome: 'sealed' },
      { type: 'delivery', run_id: 'run-x', place: 1, key: '1' },
    ])
      await refused(
        sealed([...lines.slice(0, -1), `${JSON.stringify(content)}\n`, '']),
        'MALFORMED_RECORD',
        /the id of a run in the export/,
      );
    await refused(
      hostile('"person":"person-1"', '"person = 1; --":"person-1"'),
      'MALFORMED_RECORD',
      /person: an id .*or null/,
    );
    await refused(hostile('"active":false', '"active":0'), 'MALFORMED_RECORD', /active: boolean/);
    await refused(hostile('"ended_at":null', '"ended_at":"soon"'), 'MALFORMED_RECORD', /moment or null/);
    await refused(
      hostile('"status":"in_force"', '"status":"for ever"'),
      'MALFORMED_RECORD',
      /one of offered, in_force/,
    );
  });

  it('into a store that is not empty', async () => {
    const { store } = await filled();
    const lines = await linesOf(store);
    await expect(store.importJsonLines(lines)).rejects.toMatchObject({ code: 'STORE_CONFLICT' });
    expect(await linesOf(store)).toEqual(lines);
  });
});

it('believes no chain that came with an import: what was not signed is denied, and reported', async () => {
  const { store, roots } = await filled();
  const lines = (await linesOf(store)).map((line) =>
    line.includes('"chain","agent_id":"agent-bob"') ? line.replaceAll('\\"work\\"', '\\"root\\"') : line,
  );
  const copy = await openStore();
  await copy.importJsonLines(sealed(lines));
  const trust = new TrustOperations({ store: copy, roots });
  expect((await trust.verify({ agentId: 'agent-bob', action: 'root' })).valid).toBe(false);
  expect((await copy.doctor()).findings).toContainEqual(
    expect.objectContaining({ code: 'CHAIN_SIGNATURE', subject: 'agent-bob' }),
  );
});
