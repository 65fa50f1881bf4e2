import { SHARED_TRAIL } from '@kaizen-eatp/core';
import { readCheckpoint } from '@kaizen-eatp/core/checkpoints';
import { describe, expect, it } from 'vitest';
import { copyOf, human, type Line, Site, START } from './site.js';

const codesOf = async (site: Site, note: string, edit?: (lines: Line[]) => Line[]) => {
  const { consistent, findings } = await site.over(await copyOf(site.store, edit)).verifyCheckpoint(note);
  expect(consistent).toBe(findings.length === 0);
  return findings.map(({ code, subject }) => `${code} ${subject}`);
};

const only =
  (type: string, keep: (line: Line) => boolean) =>
  (lines: Line[]): Line[] =>
    lines.filter((line) => line.type !== type || keep(line));
const change =
  (type: string, edit: (line: Line) => Partial<Line> | undefined) =>
  (lines: Line[]): Line[] =>
    lines.map((line) => (line.type === type ? { ...line, ...edit(line) } : line));

describe('a checkpoint', () => {
  it('is a note with the name of the log, the number of leaves and their root', async () => {
    const site = await Site.create();
    const { note, leaves, start, findings } = await site.trust.checkpoint();
    expect(findings).toEqual([]);
    expect(start).toBe(0);
    const { origin, size, root, signatures } = readCheckpoint(note);
    expect(origin).toMatch(/^kaizen-eatp\/org-acme\//);
    expect(size).toBe(leaves.length);
    expect(root).toHaveLength(32);
    expect(signatures.map(({ name }) => name)).toEqual([origin, origin]);
    const kinds = new Set(leaves.map((leaf) => JSON.parse(leaf).kind));
    const expected = [
      'log',
      'authority',
      'statements',
      'chain',
      'delegation',
      'trail',
      'revocation',
      'disclosure',
    ];
    expect([...kinds].sort()).toEqual(expected.sort());
    expect(leaves.join('')).not.toContain('dave');
  });

  it('adds leaves only for what changed since the last one', async () => {
    const site = await Site.create();
    const first = await site.trust.checkpoint();
    await site.audit('one more');
    const second = await site.trust.checkpoint();
    expect(second.start).toBe(first.leaves.length);
    const trail = second.leaves.map((leaf) => JSON.parse(leaf)).find(({ id }) => id === SHARED_TRAIL);
    expect(trail).toMatchObject({ kind: 'trail', sequence: 5 });
    expect(second.leaves.map((leaf) => JSON.parse(leaf).kind).sort()).toEqual(['trail']);
    const third = await site.trust.checkpoint();
    expect(third.leaves).toEqual([]);
    expect(readCheckpoint(third.note).root).toEqual(readCheckpoint(second.note).root);
  });

  it('goes on with the log that another process extended meanwhile', async () => {
    const site = await Site.create();
    const made = await Promise.all([1, 2, 3, 4].map(() => site.over(site.store).checkpoint()));
    const sizes = new Set(made.map(({ note }) => readCheckpoint(note).size));
    const last = await site.trust.checkpoint();
    expect(sizes.size).toBeGreaterThan(0);
    for (const { note } of [...made, last])
      expect(await site.trust.verifyCheckpoint(note)).toMatchObject({ consistent: true, findings: [] });
  });

  it('is found in order in the store that it was made of, and after all that the library does since', async () => {
    const site = await Site.create();
    const { trust } = site;
    const { note } = await trust.checkpoint();
    expect(await trust.verifyCheckpoint(note)).toMatchObject({ consistent: true, changes: [] });
    expect((await trust.verifyCheckpoint(note)).signedBy.map(({ at }) => at?.getTime())).toEqual([
      undefined,
      START,
    ]);
    await site.audit('later');
    await trust.reattest({ agentId: 'agent-bob', capabilities: ['sign'] });
    await trust.revoke({ agentId: 'agent-bob', reason: 'enough' });
    await trust.reinstate({ agentId: 'agent-eve', reason: 'came back' });
    await trust.establish({ agentId: 'agent-eve', authorityId: 'org-acme', capabilities: ['read'] });
    await trust.rotateKey({ authorityId: 'org-acme' });
    await trust.createEnterpriseAuthority({ name: 'Other', id: 'org-other' });
    await trust.setAuthorityActive('org-other', false);
    const later = await trust.checkpoint();
    expect(later.findings).toEqual([]);
    for (const checkpoint of [note, later.note]) {
      const found = await trust.verifyCheckpoint(checkpoint);
      expect(found.findings).toEqual([]);
      expect(found.changes.length > 0).toBe(checkpoint === note);
    }
    expect((await trust.verifyCheckpoint(note)).signedBy).toHaveLength(2);
  });

  it('says that nobody known signed it', async () => {
    const site = await Site.create();
    const { note } = await site.trust.checkpoint();
    const { findings } = await (await Site.create()).over(site.store).verifyCheckpoint(note);
    expect(findings.map(({ code }) => code)).toEqual(['NOTE_UNSIGNED']);
  });
});

describe('a holder of a checkpoint', () => {
  const edits: Readonly<Record<string, readonly [(lines: Line[]) => Line[], string]>> = {
    'the end of a trail was cut off': [
      only('anchor', ({ trail_id, sequence }) => trail_id !== SHARED_TRAIL || sequence < 3),
      `TRAIL_CUT ${SHARED_TRAIL}`,
    ],
    'a trail was removed': [
      only('anchor', ({ trail_id }) => trail_id !== SHARED_TRAIL),
      `TRAIL_MISSING ${SHARED_TRAIL}`,
    ],
    'a chain was removed': [
      only('chain', ({ agent_id }) => agent_id !== 'agent-bob'),
      'CHAIN_MISSING agent-bob',
    ],
    'a chain was ended': [
      change('chain', ({ agent_id }) =>
        agent_id === 'agent-bob' ? { active: false, ended_at: '2026-01-05T12:00:00+00:00' } : undefined,
      ),
      'CHAIN_ENDED agent-bob',
    ],
    'an ended chain is in force again': [
      change('chain', ({ agent_id }) => (agent_id === 'agent-eve' ? { active: true } : undefined)),
      'CHAIN_REVIVED agent-eve',
    ],
    'the end of the statements was cut off': [
      (lines) => lines.filter((line) => line !== lines.filter(({ type }) => type === 'statement').at(-1)),
      'STATEMENTS_CUT statements',
    ],
    'an authority has another name': [
      change('authority', ({ authority_id, text }) =>
        authority_id === 'org-acme' ? { text: text.replace('"ACME"', '"ACNE"') } : undefined,
      ),
      'AUTHORITY_CHANGED org-acme',
    ],
    'an authority was removed': [
      only('authority', ({ authority_id }) => authority_id !== 'org-acme'),
      'AUTHORITY_MISSING org-acme',
    ],
    'a revocation was removed': [only('revocation', () => false), 'REVOCATION_MISSING agent agent-eve'],
    'a revocation has another reason': [
      change('revocation', () => ({ reason: 'nothing' })),
      'REVOCATION_CHANGED agent agent-eve',
    ],
  };

  it.each(Object.entries(edits))('is told that %s', async (_what, [edit, finding]) => {
    const site = await Site.create();
    const { note } = await site.trust.checkpoint();
    const found = await codesOf(site, note, edit);
    expect(found).toContain(finding);
  });

  it('is told of a delegation or a disclosure that was removed, changed or revived', async () => {
    const site = await Site.create();
    const { id } = await site.delegate('done');
    await site.trust.endTask({ taskId: 'done', delegatorId: 'agent-alice' });
    const { note } = await site.trust.checkpoint();
    const isIt = ({ delegation_id }: Line): boolean => delegation_id === id;
    const found = (edit: (lines: Line[]) => Line[]) => codesOf(site, note, edit);
    expect(await found(only('delegation', (line) => !isIt(line)))).toEqual([`DELEGATION_MISSING ${id}`]);
    const revived = (line: Line) => (isIt(line) ? { status: 'in_force', ended_at: null } : undefined);
    expect(await found(change('delegation', revived))).toEqual([`DELEGATION_REVIVED ${id}`]);
    const moved = (line: Line) => (isIt(line) ? { person: 'person-other' } : undefined);
    expect(await found(change('delegation', moved))).toEqual([`DELEGATION_CHANGED ${id}`]);
    expect(await found(only('disclosure', () => false))).toContainEqual(
      expect.stringMatching(/^DISCLOSURE_MISSING/),
    );
    const named = ({ text }: Line) => ({ text: text.replaceAll('dave', 'erin') });
    expect(await found(change('disclosure', named))).toContainEqual(
      expect.stringMatching(/^DISCLOSURE_CHANGED/),
    );
  });

  it('is told of an older chain that was put back, also if its agent was revoked by a statement', async () => {
    const site = await Site.create();
    const before = (await site.store.readChains(['agent-bob']))[0]?.text as string;
    await site.trust.reattest({ agentId: 'agent-bob', capabilities: ['sign'] });
    const { note } = await site.trust.checkpoint();
    const back = change('chain', ({ agent_id }) => (agent_id === 'agent-bob' ? { text: before } : undefined));
    expect(await codesOf(site, note, back)).toEqual(['CHAIN_CHANGED agent-bob']);
    const forgotten = only('earlier_chain', ({ agent_id }) => agent_id !== 'agent-bob');
    // The first checkpoint knows only the chain in force.
    expect(await codesOf(site, note, forgotten)).toEqual([]);
    await site.trust.reattest({ agentId: 'agent-bob', capabilities: ['count'] });
    const next = await site.trust.checkpoint();
    expect(await codesOf(site, next.note, forgotten)).toEqual(['CHAIN_HISTORY_MISSING agent-bob']);
  });

  it('is told that the whole store is an older copy, or another store, in a process that starts now', async () => {
    const site = await Site.create();
    const older = await copyOf(site.store);
    await site.trust.checkpoint();
    const old = await copyOf(site.store);
    await site.audit('later');
    const last = await site.trust.checkpoint();
    for (const [store, leaves] of [
      [older, 'LOG_CUT'],
      [old, 'LOG_CUT'],
    ] as const) {
      const byNote = await site.over(store).verifyCheckpoint(last.note);
      expect(byNote.findings.map(({ code }) => code)).toEqual([leaves]);
    }
    const other = await Site.create();
    await other.trust.checkpoint();
    await other.audit('later');
    for (let i = 0; i < 3; i++) await other.trust.checkpoint();
    const found = await site.over(other.store).verifyCheckpoint(last.note);
    expect(found.findings.map(({ code }) => code)).toContain('LOG_CHANGED');
  });

  it('is told what was cut off even if the log went with it, if the holder kept the leaves too', async () => {
    const site = await Site.create();
    const record = await site.trust.checkpoint();
    const cut = (lines: Line[]): Line[] =>
      lines.filter(
        ({ type, sequence, trail_id }) => type !== 'anchor' || (trail_id === SHARED_TRAIL && sequence < 2),
      );
    const { findings } = await site.over(await copyOf(site.store, cut)).verifyCheckpoint(record);
    expect(findings.map(({ code }) => code)).toEqual(['LOG_CUT', 'TRAIL_CUT']);
  });
});

describe('the next checkpoint', () => {
  it('does not cover up what was cut off before', async () => {
    const site = await Site.create();
    const first = await site.trust.checkpoint();
    const cut = only('anchor', ({ trail_id, sequence }) => trail_id !== SHARED_TRAIL || sequence < 3);
    const store = await copyOf(site.store, cut);
    const trust = site.over(store);
    const made = await trust.checkpoint();
    expect(made.findings.map(({ code }) => code)).toEqual(['TRAIL_CUT']);
    for (const { note } of [first, made])
      expect((await trust.verifyCheckpoint(note)).findings.map(({ code }) => code)).toEqual(['TRAIL_CUT']);
  });

  it('overrules leaves that somebody without a key added to the log', async () => {
    const site = await Site.create();
    await site.trust.checkpoint();
    const cut = only('anchor', ({ trail_id, sequence }) => trail_id !== SHARED_TRAIL || sequence < 3);
    const mallory = new Site();
    const copy = await copyOf(site.store, cut);
    const evil = mallory.over(copy);
    await evil.createEnterpriseAuthority({ name: 'Evil', id: 'org-evil' });
    const forged = await evil.checkpoint({ authorityId: 'org-evil' });
    expect(forged.leaves.join('')).toContain(SHARED_TRAIL);
    const trust = site.over(copy);
    const made = await trust.checkpoint();
    expect(made.findings.map(({ code, subject }) => `${code} ${subject}`)).toEqual([
      `TRAIL_CUT ${SHARED_TRAIL}`,
    ]);
    const { findings } = await trust.verifyCheckpoint(made.note);
    expect(findings.map(({ code }) => code)).toContain('TRAIL_CUT');
  });

  it('says that a person was disclosed, and keeps no data of the person', async () => {
    const site = await Site.create();
    const { leaves } = await site.trust.checkpoint();
    const disclosed = leaves.map((leaf) => JSON.parse(leaf)).filter(({ kind }) => kind === 'disclosure');
    expect(disclosed).toHaveLength(1);
    expect(disclosed[0].person).toMatch(/^person-[0-9a-f]{32}$/);
    expect(leaves.join('')).not.toContain(human('dave').displayName);
  });
});
