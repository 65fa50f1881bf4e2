import type { ReceiptContent } from '@kaizen-eatp/core/receipt';
import { authorityCodec, TrustLineageChain, VERIFICATION_LEVELS } from '@kaizen-eatp/core/records';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ALICE } from '../src/awkward-values.ts';
import { ReferenceClient } from '../src/reference-client.ts';
import { actionsOf, referenceAuthorities, refusals } from '../src/reference-world.ts';
import { singleChanges } from '../src/single-changes.ts';
import { REASONING, TASK, type TypescriptScenario, typescriptScenario } from '../src/typescript-scenario.ts';
import { agentOf, authorityOfChain } from '../src/unchecked-store.ts';
import { type WhyUnsigned, whyUnsignedInAnchor, whyUnsignedToReference } from '../src/unsigned-fields.ts';

let reference: ReferenceClient;
let scenario: TypescriptScenario;
let chains: string[];

beforeAll(async () => {
  [reference, scenario] = await Promise.all([ReferenceClient.start(), typescriptScenario()]);
  chains = await Promise.all(scenario.agents.map((agentId) => scenario.trust.exportChain(agentId)));
  await reference.load('ours', { authorities: referenceAuthorities(scenario.authorities), chains });
});
afterAll(() => reference?.close());

const chainOf = (agentId: string): string => chains[scenario.agents.indexOf(agentId)] as string;

async function anchorTexts(): Promise<string[]> {
  const trails = await Promise.all(scenario.runs.map((run) => scenario.store.readTrail(run.runId)));
  return trails.flat().map((entry) => entry.text);
}

const agentOfAnchor = (anchor: string): string => (JSON.parse(anchor) as { agent_id: string }).agent_id;
const authorityOfAnchor = (anchor: string): string => authorityOfChain(chainOf(agentOfAnchor(anchor)))[1];

describe('the reference accepts what TypeScript made', () => {
  it('verifies every chain at full for everything its capabilities cover', async () => {
    expect(scenario.agents.length).toBeGreaterThanOrEqual(9);
    for (const chain of chains) expect(await refusals(reference, 'ours', chain), agentOf(chain)).toEqual([]);
  });

  it('gives the same verdict as TypeScript for every agent, action and level', async () => {
    const actions = [
      'analyze_data',
      'read_x',
      'read_users',
      'update_users',
      'x_admin',
      'execute',
      'summarize',
      'données_é',
      '',
    ];
    const queries = scenario.agents.flatMap((agentId) =>
      actions.flatMap((action) => VERIFICATION_LEVELS.map((level) => ({ agent_id: agentId, action, level }))),
    );
    const theirs = await reference.verifyMany('ours', queries);
    const differences: string[] = [];
    for (const [i, { agent_id: agentId, action, level }] of queries.entries()) {
      const ours = await scenario.trust.verify({ agentId, action, level });
      if (ours.valid !== theirs[i]?.valid)
        differences.push(`${agentId} ${action} ${level}: ${ours.reason} | ${theirs[i]?.reason}`);
    }
    expect(differences).toEqual([]);
    expect(new Set(theirs.map((verdict) => verdict.valid))).toEqual(new Set([true, false]));
  });

  it('computes the same hashes, and writes the chain again as the same content', async () => {
    for (const text of chains) {
      const chain = TrustLineageChain.parse(text);
      const theirs = await reference.hashChain(text);
      expect(theirs.trust_chain_hash).toBe(chain.trustChainHash());
      expect(theirs.chain_hash).toBe(chain.hash());
      expect(TrustLineageChain.parse(theirs.stored_again).trustChainHash()).toBe(chain.trustChainHash());
    }
  });

  it("verifies at full a chain into which a task's delegations were folded", async () => {
    for (const agentId of scenario.workers) {
      const folded = await scenario.trust.exportChain(agentId, { taskId: TASK });
      const chain = TrustLineageChain.parse(folded);
      expect(chain.delegations.length).toBe(agentId === scenario.workers[0] ? 0 : 2);
      expect(await refusals(reference, 'ours', folded), agentId).toEqual([]);
      expect((await reference.hashChain(folded)).trust_chain_hash).toBe(chain.trustChainHash());
    }
  });

  it("enforces the constraints of a task's delegations", async () => {
    await scenario.trust.delegate({
      delegatorId: 'agent-collector',
      delegateeId: 'agent-writer',
      taskId: 'task-limited',
      capabilities: ['summarize'],
      additionalConstraints: ['read_only'],
    });
    const folded = await scenario.trust.exportChain('agent-writer', { taskId: 'task-limited' });
    const [limited] = await reference.verifyStored('ours', folded, [{ action: 'write_text', level: 'full' }]);
    expect(limited).toMatchObject({ valid: false, reason: 'Constraint violation' });
    const [unlimited] = await reference.verifyStored('ours', chainOf('agent-writer'), [
      { action: 'write_text', level: 'full' },
    ]);
    expect(unlimited?.valid).toBe(true);
  });

  it('accepts every delegation of the runs by the delegator’s chain', async () => {
    const texts = (await receiptOf(0)).delegations;
    expect(texts).toHaveLength(2);
    for (const text of texts)
      expect(await reference.verifyDelegation('ours', text)).toMatchObject({ valid: true });
  });

  it('accepts every anchor of the runs, each resting on the chain that it names', async () => {
    const anchors = await anchorTexts();
    expect(anchors).toHaveLength(8);
    for (const anchor of anchors) {
      expect(await reference.verifyAnchor('ours', anchor, authorityOfAnchor(anchor))).toBe(true);
      const named = (JSON.parse(anchor) as { trust_chain_hash: string }).trust_chain_hash;
      expect((await reference.hashChain(chainOf(agentOfAnchor(anchor)))).trust_chain_hash).toBe(named);
    }
  });

  it('accepts an anchor from outside a run, with a reasoning trace and a human', async () => {
    const { trust, store } = scenario;
    await trust.audit({
      agentId: 'agent-bob',
      action: 'données_é',
      result: 'partial',
      resource: 'db/überblick',
      context: { exact: 2n ** 63n, low: 1e-5, lone: '\udc00' },
      reasoningTrace: REASONING,
      humanOrigin: ALICE,
    });
    const [entry] = (await store.readTrail('outside-runs')).slice(-1);
    expect(await reference.verifyAnchor('ours', entry!.text, authorityOfAnchor(entry!.text))).toBe(true);
  });
});

describe('the reference accepts a receipt', () => {
  it('its chains at full, its delegations and its anchors, with nothing but the receipt', async () => {
    for (const i of [0, 1]) {
      const receipt = await receiptOf(i);
      const authorities = receipt.authorities.map((text) => ({
        authority: authorityCodec.encode(authorityCodec.decodeText(text)),
      }));
      await reference.load('receipt', { authorities, chains: receipt.chains });
      const authorityOf = new Map(receipt.chains.map(authorityOfChain));
      for (const chain of receipt.chains) expect(await refusals(reference, 'receipt', chain)).toEqual([]);
      for (const text of receipt.delegations)
        expect((await reference.verifyDelegation('receipt', text)).valid).toBe(true);
      for (const text of receipt.anchors) {
        expect(
          await reference.verifyAnchor('receipt', text, authorityOf.get(agentOfAnchor(text)) as string),
        ).toBe(true);
      }
      expect(receipt.anchors).toHaveLength(4);
    }
  });
});

describe('the reference refuses at full what was changed', () => {
  const refuseEachChange = async (stored: string): Promise<number> => {
    const queries = actionsOf(stored).map((action) => ({ action, level: 'full' as const }));
    return eachChange(stored, whyUnsignedToReference, async (text) =>
      (await reference.verifyStored('ours', text, queries)).some((verdict) => verdict.valid),
    );
  };

  it.each(['agent-bob', 'derived-1', 'derived-2', 'agent-powerless'])(
    'any one value of %s',
    async (agentId) => {
      expect(await refuseEachChange(chainOf(agentId))).toBeGreaterThan(100);
    },
  );

  it('any one value of a chain with a folded task', async () => {
    const folded = await scenario.trust.exportChain('agent-writer', { taskId: TASK });
    expect(await refuseEachChange(folded)).toBeGreaterThan(100);
  });

  it('any one value of an anchor', async () => {
    const anchors = await anchorTexts();
    for (const anchor of [anchors[0], anchors.at(-1)] as string[]) {
      const authorityId = authorityOfAnchor(anchor);
      const changes = await eachChange(anchor, whyUnsignedInAnchor, (text) =>
        reference.verifyAnchor('ours', text, authorityId),
      );
      expect(changes).toBeGreaterThan(40);
    }
  });
});

describe('what the reference does not take', () => {
  it('a reasoning trace across authorities, which it refuses of its own making too', async () => {
    const { trust } = scenario;
    const { delegateeId } = await trust.delegate({
      delegatorId: 'agent-données',
      delegateeId: 'agent-collector',
      taskId: 'across',
      capabilities: ['summarize'],
      reasoningTrace: REASONING,
    });
    const folded = await trust.exportChain(delegateeId, { taskId: 'across' });
    const [verdict] = await reference.verifyStored('ours', folded, [{ action: 'collect', level: 'full' }]);
    expect(verdict?.reason).toMatch(/^Reasoning signature cryptographic verification failed/);
  });
});

async function receiptOf(run: number): Promise<ReceiptContent> {
  const { text } = await scenario.runs[run]!.receipt();
  return JSON.parse(text) as ReceiptContent;
}

/**
 * Changes each value once. A change of a signed value must be refused; a change of a value that the list calls unsigned must be accepted, so
 * that nothing hides on that list. @returns how many signed values were changed.
 */
async function eachChange(
  stored: string,
  whyUnsigned: WhyUnsigned,
  isAccepted: (text: string) => Promise<boolean>,
): Promise<number> {
  const changes = [...singleChanges(stored)];
  const accepted = await Promise.all(changes.map((change) => isAccepted(change.text)));
  const wrong = changes.flatMap((change, i) => {
    const reason = whyUnsigned(change);
    if (accepted[i] === (reason !== undefined)) return [];
    return [`${change.path} ${change.how}: ${accepted[i] ? 'accepted' : `refused, though ${reason}`}`];
  });
  expect(wrong).toEqual([]);
  return changes.filter((change) => whyUnsigned(change) === undefined).length;
}
