import { ReceiptMalformedError, verifyReceipt } from '@kaizen-eatp/core/receipt';
import { describe, expect, it } from 'vitest';
import { ALICE, rejection, World } from '../runtime/world.js';
import { contentOf, issued } from './receipts.js';

describe('the receipt of a run that went well is valid', () => {
  it('and tells what the run did', async () => {
    const { receipt, result, pinned, world } = await issued();
    const verification = await verifyReceipt(receipt, { authorities: pinned });
    expect(verification).toMatchObject({
      valid: true,
      problems: [],
      isPinned: true,
      taskId: 'task-1',
      runId: result.runId,
    });
    expect(verification.anchors.map(({ id }) => id)).toEqual(result.auditTrail.map(({ id }) => id));
    expect(verification.delegations.map(({ id }) => id)).toEqual(result.delegations.map(({ id }) => id));
    expect(verification.authorities.map(({ id }) => id)).toEqual([world.authority.id]);
  });

  it('also as a string; without pinned keys, it is consistent at best', async () => {
    const { receipt } = await issued();
    const consistent = { valid: false, verdict: 'consistent', isPinned: false, problems: [] };
    expect(await verifyReceipt(receipt.text)).toMatchObject(consistent);
    expect(await verifyReceipt(JSON.parse(JSON.stringify(receipt)))).toMatchObject(consistent);
  });

  it('issued again later, after its delegations were closed and its agents revoked', async () => {
    const { world, result, pinned } = await issued();
    world.clock.move(86_400_000);
    await world.trust.revoke({ agentId: 'agent-carol', reason: 'left' });
    expect((await verifyReceipt(await result.receipt(), { authorities: pinned })).problems).toEqual([]);
  });

  it('with a human origin, constraints and a lasting delegation', async () => {
    const world = await World.make();
    const alice = await world.agent('alice', undefined, {
      capabilities: ['read_mail'],
      constraints: ['read_only'],
    });
    const bob = await world.agent('bob');
    await bob.receiveDelegation(await alice.delegateTo(bob, { capabilities: ['read_mail'], lasting: true }));
    const result = await world.execute(
      [bob],
      ({ agents: [b], invoke }) => invoke(b!, 1, { action: 'read_mail' }),
      {
        humanOrigin: ALICE,
      },
    );
    expect((await verifyReceipt(await result.receipt())).problems).toEqual([]);
  });

  it('where an agent that only delegates never acts', async () => {
    const world = await World.make();
    const agents = await Promise.all(['alice', 'bob', 'carol'].map((name) => world.agent(name)));
    const result = await world.execute(agents, async ({ agents: [a, b, c], delegate, invoke }) => {
      await delegate(a!, b!, { capabilities: ['execute'] });
      await delegate(b!, c!, { capabilities: ['execute'] });
      return invoke(c!, 1);
    });
    expect((await verifyReceipt(await result.receipt())).problems).toEqual([]);
  });

  it('where an act outlasts the delegation that it began under', async () => {
    const world = await World.make();
    const alice = await world.agent('alice');
    const bob = await world.agent('bob', () => world.clock.move(60_000));
    const result = await world.execute([alice, bob], async ({ agents: [a, b], delegate, invoke }) => {
      await delegate(a!, b!, { capabilities: ['execute'], expiresIn: 1000 });
      await invoke(b!, 1);
    });
    expect((await verifyReceipt(await result.receipt())).problems).toEqual([]);
  });

  it('where an act under an expired delegation was denied', async () => {
    const world = await World.make();
    const agents = [await world.agent('alice'), await world.agent('bob')];
    const result = await world.execute(agents, async ({ agents: [a, b], delegate, invoke }) => {
      await delegate(a!, b!, { capabilities: ['execute'], expiresIn: 1000 });
      world.clock.move(60_000);
      await rejection(invoke(b!, 1));
    });
    expect((await verifyReceipt(await result.receipt())).problems).toEqual([]);
  });

  it('where an agent was attested more in mid-run', async () => {
    const world = await World.make();
    const alice = await world.agent('alice');
    const bob = await world.agent('bob');
    const result = await world.execute([alice, bob], async ({ agents: [a, b], delegate, invoke }) => {
      await delegate(a!, b!, { capabilities: ['execute'] });
      await invoke(b!, 1);
      await world.trust.reattest({
        agentId: alice.id,
        capabilities: ['read_mail'],
        constraints: ['read_only'],
      });
      await invoke(a!, 1, { action: 'read_mail' });
    });
    expect((await verifyReceipt(await result.receipt())).problems).toEqual([]);
  });

  it('where an agent without a chain was kept out', async () => {
    const world = await World.make();
    const mallory = await world.agent('mallory', undefined, { establish: false });
    const alice = await world.agent('alice');
    const result = await world.execute(
      [alice, mallory],
      async ({ agents: [a, m], invoke }) => {
        await rejection(invoke(m!, 1));
        await rejection(invoke(a!, 1));
      },
      { settings: { requireTrust: false } },
    );
    expect((await verifyReceipt(await result.receipt())).problems).toEqual([]);
  });

  it('where its agents are under two authorities', async () => {
    const world = await World.make();
    const other = await world.trust.createEnterpriseAuthority({ name: 'Partner' });
    const alice = await world.agent('alice', undefined, { capabilities: ['read_mail'] });
    const bob = await world.agent('bob', undefined, { establish: false });
    await bob.establishTrust({ authorityId: other.id, capabilities: [] });
    const result = await world.execute([alice, bob], async ({ agents: [a, b], delegate, invoke }) => {
      await delegate(a!, b!, { capabilities: ['read_mail'] });
      return invoke(b!, 1);
    });
    const receipt = await result.receipt();
    const both = { [world.authority.id]: world.authority.publicKey, [other.id]: other.publicKey };
    expect((await verifyReceipt(receipt, { authorities: both })).problems).toEqual([]);
    const one = { [world.authority.id]: world.authority.publicKey };
    expect((await verifyReceipt(receipt, { authorities: one })).problems).toEqual([
      { code: 'AUTHORITY_NOT_TRUSTED', reason: `the key of authority ${other.id} is not one that you trust` },
    ]);
  });
});

describe('what is no receipt', () => {
  it.each([
    ['undefined', undefined],
    ['a number', 7],
    ['an object without text', {}],
    ['an empty text', ''],
    ['a text', 'receipt'],
    ['JSON of something else', '{"a":1}'],
    ['a list', '[]'],
    ['null', 'null'],
  ])('%s', async (_what, value) => {
    const error = await rejection(verifyReceipt(value as never));
    expect(error).toBeInstanceOf(ReceiptMalformedError);
    expect(error).toMatchObject({
      code: 'RECEIPT_MALFORMED',
      expected: expect.stringContaining('kaizen-eatp-receipt/3'),
    });
  });

  it('another version, a field too many, a field too few, other white space, other order', async () => {
    const { receipt } = await issued();
    const content = contentOf(receipt);
    const { signature: _, ...less } = content;
    for (const text of [
      JSON.stringify({ ...content, format: 'kaizen-eatp-receipt/1' }),
      JSON.stringify({ ...content, format: 'kaizen-eatp-receipt/4' }),
      receipt.text.replace('{', '{"aaa":1,'),
      JSON.stringify(less),
      JSON.stringify(content, null, 1),
      ` ${receipt.text}`,
      `${receipt.text}\n`,
      JSON.stringify(Object.fromEntries(Object.entries(content).reverse())),
    ]) {
      expect((await rejection(verifyReceipt(text))).code).toBe('RECEIPT_MALFORMED');
    }
  });
});
