import type { AuditAnchor } from '@kaizen-eatp/core';
import { verifyReceipt } from '@kaizen-eatp/core/receipt';
import { anchorPreimage, auditAnchorCodec, canonicalJson, type JsonObject } from '@kaizen-eatp/core/records';
import { linkHash, TRAIL_START } from '@kaizen-eatp/core/store';
import { describe, expect, it } from 'vitest';
import { World } from '../runtime/world.js';
import { type Content, contentOf, linked, signedBy } from './receipts.js';

type Edit = (anchor: AuditAnchor, place: number) => AuditAnchor;

/** A receipt by an authority that signs whatever it likes: anchors that the guard would never have made. */
async function forged(world: World, content: Content, edit: Edit) {
  let previous = TRAIL_START;
  const anchors: string[] = [];
  for (const [i, text] of content.anchors.entries()) {
    const edited = edit(auditAnchorCodec.decodeText(text), i);
    const trail = { ...(edited.context?.trail as JsonObject), previous };
    const changed = { ...edited, context: { ...edited.context, trail } };
    const signature = await world.keyManager.sign(
      canonicalJson(anchorPreimage(changed)),
      world.authority.signingKeyId,
    );
    anchors.push(auditAnchorCodec.encodeText({ ...changed, signature }));
    previous = linkHash(previous, anchors[i] as string);
  }
  const text = await signedBy(world, linked({ ...content, anchors } as Content));
  const { id, publicKey } = world.authority;
  return verifyReceipt(text, { authorities: { [id]: publicKey } });
}

const at = (minute: number): string => `2026-03-02T10:${String(minute).padStart(2, '0')}:00+00:00`;

async function delegatedRun(chainEnds?: Date) {
  const world = await World.make();
  const alice = await world.agent('alice', undefined, { capabilities: ['read_mail'] });
  const bob = await world.agent('bob', undefined, chainEnds ? { expiresAt: chainEnds } : {});
  const result = await world.execute([alice, bob], async ({ agents: [a, b], delegate, invoke }) => {
    await invoke(a!, 1);
    await delegate(a!, b!, { capabilities: ['read_mail'], expiresIn: 60_000 });
    return invoke(b!, 2);
  });
  return { world, content: contentOf(await result.receipt()) };
}

/** Moves the act of bob, and all after it, to a later time. */
const later =
  (minute: number): Edit =>
  (anchor, place) =>
    place === 0
      ? anchor
      : {
          ...anchor,
          timestamp: at(minute),
          context: { ...anchor.context, ...(place === 1 && { started_at: at(minute) }) },
        };

const codes = ({ problems }: { problems: readonly { code: string; reason: string }[] }) =>
  problems.map(({ code, reason }) => `${code} ${reason.replace(/(?:anchor|run)[ -]\S+?[: ]/, '')}`);

describe('verifyReceipt refuses what an authority signed although it must not have happened:', () => {
  it('nothing, in a receipt that was signed again without a change', async () => {
    const { world, content } = await delegatedRun();
    expect(await forged(world, content, (anchor) => anchor)).toMatchObject({
      verdict: 'valid',
      problems: [],
    });
    expect((await forged(world, content, later(0))).verdict).toBe('valid');
  });

  it('an act under a delegation that had expired', async () => {
    const { world, content } = await delegatedRun();
    const found = await forged(world, content, later(5));
    expect(codes(found)).toEqual([expect.stringContaining('ACT_NOT_ALLOWED')]);
    expect(found.problems[0]?.reason).toContain('expired delegation');
  });

  it('an act of an agent whose chain had expired', async () => {
    const { world, content } = await delegatedRun(new Date('2026-03-02T10:00:30Z'));
    const own = await forged(world, content, (anchor, place) => later(5)(anchor, place));
    expect(own.problems.map(({ reason }) => reason).join()).toContain('the chain of agent-bob had expired');
  });

  it('time that runs backwards', async () => {
    const { world, content } = await delegatedRun();
    const found = await forged(world, content, (anchor, place) =>
      place === 0 ? { ...anchor, timestamp: '2026-03-02T10:00:00.001000+00:00' } : anchor,
    );
    expect(found.problems.map(({ code }) => code)).toContain('TIME_BACKWARDS');
  });

  it('an invocation that is recorded twice', async () => {
    const { world, content } = await delegatedRun();
    const first = auditAnchorCodec.decodeText(content.anchors[0] as string);
    const found = await forged(world, content, (anchor, place) =>
      place === 1
        ? { ...anchor, context: { ...anchor.context, invocation_id: first.context?.invocation_id as string } }
        : anchor,
    );
    expect(found.problems.map(({ code }) => code)).toContain('RECORDED_TWICE');
  });

  it('an act of an agent that its authority records under another agent as the subject', async () => {
    const { world, content } = await delegatedRun();
    const found = await forged(world, content, (anchor, place) =>
      place === 0
        ? { ...anchor, action: 'pay', context: { ...anchor.context, subject_agent_id: 'agent-mallory' } }
        : anchor,
    );
    expect(found.problems.map(({ code }) => code)).toContain('ACT_NOT_ALLOWED');
  });

  it('but not the denial, or the failure, that a recorder signs for an agent without a chain', async () => {
    const { world, content } = await delegatedRun();
    for (const result of ['denied', 'failure', 'partial'] as const) {
      const found = await forged(world, content, (anchor, place) =>
        place === 0
          ? {
              ...anchor,
              result,
              action: 'pay',
              context: { ...anchor.context, subject_agent_id: 'agent-mallory' },
            }
          : anchor,
      );
      expect(found, result).toMatchObject({ verdict: 'valid', problems: [] });
    }
  });
});
