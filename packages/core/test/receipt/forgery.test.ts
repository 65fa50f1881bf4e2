import { verifyReceipt } from '@kaizen-eatp/core/receipt';
import { anchorPreimage, auditAnchorCodec, canonicalJson, type JsonObject } from '@kaizen-eatp/core/records';
import { linkHash, TRAIL_START } from '@kaizen-eatp/core/store';
import { describe, expect, it } from 'vitest';
import { World } from '../runtime/world.js';
import { forgeries, malloryWith } from './forgeries.js';
import { type Content, contentOf, issued, linked, signedBy } from './receipts.js';

describe('a receipt that mallory signs again with her own authority', () => {
  it.each(forgeries)('says %s', async (_what, forge) => {
    const { receipt, pinned } = await issued();
    const content = linked(forge(contentOf(receipt)) as Content);
    const { mallory, authorities } = await malloryWith(content.authorities);
    const forged = await signedBy(mallory, { ...content, authorities });
    const verification = await verifyReceipt(forged, { authorities: pinned });
    expect(verification).toMatchObject({ valid: false, isPinned: true });
    expect(verification.problems.length).toBeGreaterThan(0);

    // Her authority is one that the auditor knows, for other runs: that must not help her.
    const known = { ...pinned, [mallory.authority.id]: mallory.authority.publicKey };
    expect((await verifyReceipt(forged, { authorities: known })).valid).toBe(false);
  });

  it("says that it was signed by ACME, with her own key under ACME's name", async () => {
    const { receipt, pinned } = await issued();
    const mallory = await World.make();
    const [stored] = await mallory.store.readAuthorities([mallory.authority.id]);
    const forged = await signedBy(mallory, { ...contentOf(receipt), authorities: [stored!.text] });
    expect(mallory.authority.id).toBe(Object.keys(pinned)[0]);
    expect((await verifyReceipt(forged, { authorities: pinned })).valid).toBe(false);
    // The anchors are not signed with her key, so it does not hold even by its own word.
    expect((await verifyReceipt(forged)).verdict).toBe('invalid');
  });

  it('is whole in itself, so that only keys that the auditor trusts tell', async () => {
    const mine = await issued();
    const auditorsOther = await World.make();
    expect((await verifyReceipt(mine.receipt)).verdict).toBe('consistent');
    const pinned = { [auditorsOther.authority.id]: auditorsOther.authority.publicKey };
    const verification = await verifyReceipt(mine.receipt, { authorities: pinned });
    expect(verification).toMatchObject({ valid: false, isPinned: true });
    expect(verification.problems.map(({ code }) => code)).toContain('AUTHORITY_NOT_TRUSTED');
    expect((await verifyReceipt(mine.receipt, { authorities: {} })).valid).toBe(false);
  });

  it('holds records of two runs', async () => {
    const { world, receipt, pinned } = await issued();
    const alice = await world.agent('dave');
    const other = await world.execute([alice], ({ agents, invoke }) => invoke(agents[0]!, 1), {
      taskId: 'task-1',
    });
    const more = contentOf(await other.receipt());
    const content = contentOf(receipt);
    const forged = await signedBy(world, {
      ...content,
      anchors: [...more.anchors.slice(0, 1), ...content.anchors],
      chains: [...content.chains, ...more.chains],
    });
    expect((await verifyReceipt(forged, { authorities: pinned })).valid).toBe(false);
  });
});

describe('a receipt that ACME itself issues', () => {
  // ACME may list delegations as it likes: their order is no statement, what each rests on is.
  const statements = forgeries.slice(1).filter(([what]) => what !== 'delegations were made in another order');
  it.each(statements)('cannot say %s', async (_what, forge) => {
    const { world, receipt, pinned } = await issued();
    const forged = await signedBy(world, linked(forge(contentOf(receipt)) as Content));
    expect((await verifyReceipt(forged, { authorities: pinned })).valid).toBe(false);
  });
});

describe('what ACME issues with a wrong statement in it', () => {
  it('is not valid: the trail ends elsewhere', async () => {
    const { world, receipt } = await issued();
    const forged = await signedBy(world, { ...contentOf(receipt), trail_hash: '0'.repeat(64) });
    expect((await verifyReceipt(forged)).problems).toMatchObject([{ code: 'TRAIL_MISMATCH' }]);
  });

  it('is not valid: another task, in a run without delegations', async () => {
    const world = await World.make();
    const alice = await world.agent('alice');
    const result = await world.execute([alice], ({ agents, invoke }) => invoke(agents[0]!, 1));
    const content = contentOf(await result.receipt());
    const forged = await signedBy(world, { ...content, task_id: 'task-other' });
    expect((await verifyReceipt(forged)).verdict).toBe('invalid');
  });

  it('is not valid: a chain that the agent was given only later', async () => {
    const { world, receipt } = await issued();
    const content = contentOf(receipt);
    const before = await world.trust.exportChain('agent-alice');
    expect(content.chains).toContain(before);
    await world.trust.reattest({ agentId: 'agent-alice', capabilities: ['pay'], constraints: ['read_only'] });
    const after = await world.trust.exportChain('agent-alice');
    const chains = content.chains.map((chain) => (chain === before ? after : chain));
    expect((await verifyReceipt(await signedBy(world, { ...content, chains }))).verdict).toBe('invalid');
  });

  it('is not valid: an act that the agent has no capability for, under the name of an end of the run', async () => {
    const world = await World.make();
    const alice = await world.agent('alice');
    const result = await world.execute([alice], ({ agents, invoke }) => invoke(agents[0]!, 1));
    const content = contentOf(await result.receipt());
    const renamed = async (action: string) => {
      let previous = TRAIL_START;
      const anchors: string[] = [];
      for (const [i, text] of content.anchors.entries()) {
        const anchor = auditAnchorCodec.decodeText(text);
        const trail = { ...(anchor.context!.trail as JsonObject), previous };
        const changed = { ...anchor, context: { ...anchor.context, trail }, ...(i === 0 && { action }) };
        const preimage = canonicalJson(anchorPreimage(changed));
        const signature = await world.keyManager.sign(preimage, world.authority.signingKeyId);
        anchors.push(auditAnchorCodec.encodeText({ ...changed, signature }));
        previous = linkHash(previous, anchors[i]!);
      }
      const forged = await signedBy(world, linked({ ...content, anchors } as Content));
      return (await verifyReceipt(forged)).problems.map(({ reason }) => reason).join();
    };
    expect(await renamed('execute')).toBe('');
    for (const action of ['pay', 'orchestration_complete', 'orchestration_failed'])
      expect(await renamed(action)).toMatch(`agent-alice does not hold '${action}'`);
  });

  it('is not valid: a trail that is cut off where a pattern made something look like its end', async () => {
    const world = await World.make();
    const alice = await world.agent('alice', undefined, { capabilities: ['*'] });
    const outcome = await world
      .execute([alice], async ({ agents: [a], invoke }) => {
        await invoke(a!, 1, { action: 'orchestration_complete', details: { entries: 1 } });
        await invoke(a!, 2, { action: 'pay' });
      })
      .then(async (result) => contentOf(await result.receipt()))
      .catch((error: { code: string }) => error.code);
    if (typeof outcome === 'string') {
      expect(outcome).toMatch(/^(INVALID_ARGUMENT|PATTERN_CONTRACT_BROKEN)$/);
      return;
    }
    const cut = linked({ ...outcome, anchors: outcome.anchors.slice(0, 1) } as Content);
    expect((await verifyReceipt(await signedBy(world, cut))).verdict).toBe('invalid');
  });
});

describe('a receipt that was changed and not signed again', () => {
  it('says that it is of another time', async () => {
    const { receipt } = await issued();
    const changed = canonicalJson({ ...contentOf(receipt), issued_at: '2036-03-02T10:00:00+00:00' });
    expect(await verifyReceipt(changed)).toMatchObject({
      valid: false,
      problems: [{ code: 'RECEIPT_SIGNATURE' }],
    });
  });
});
