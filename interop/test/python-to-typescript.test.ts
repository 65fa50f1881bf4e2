import type { MemoryTrustStore, TrustOperations } from '@kaizen-eatp/core';
import {
  anchorPreimage,
  auditAnchorCodec,
  canonicalJson,
  type JsonObject,
  parseJson,
  TrustLineageChain,
  VERIFICATION_LEVELS,
  verifySignature,
  writeJson,
} from '@kaizen-eatp/core/records';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type PythonScenario, pythonScenario, STRUCTURED_AGENTS } from '../src/python-scenario.ts';
import { PythonWorld } from '../src/python-world.ts';
import { ReferenceClient } from '../src/reference-client.ts';
import { actionsOf, refusals } from '../src/reference-world.ts';
import { type SingleChange, singleChanges } from '../src/single-changes.ts';
import { agentOf, appendUnchecked, putUnchecked } from '../src/unchecked-store.ts';
import {
  whyUnsignedInAnchor,
  whyUnsignedInChain,
  whyUnsignedInStructuredChain,
} from '../src/unsigned-fields.ts';

const WORLD = 'theirs';
let reference: ReferenceClient;
let made: PythonScenario;
let store: MemoryTrustStore;
let trust: TrustOperations;
let world: PythonWorld;

beforeAll(async () => {
  reference = await ReferenceClient.start();
  made = await pythonScenario(reference, WORLD);
});
afterAll(() => reference?.close());

/** Each test gets fresh chains. */
beforeEach(async () => {
  world = await PythonWorld.of(made);
  ({ store, trust } = world);
});

const chainOf = (agentId: string): string => made.chains.get(agentId) as string;

describe('TypeScript accepts what the reference made', () => {
  it('keeps every chain byte for byte', async () => {
    for (const [agentId, chain] of made.chains) expect(await trust.exportChain(agentId)).toBe(chain);
  });

  it.each(['standard', 'full'] as const)(
    'verifies every chain at %s for everything its capabilities cover',
    async (level) => {
      expect(made.chains.size).toBe(8);
      for (const chain of made.chains.values())
        expect(await world.permitted(chain, level)).toEqual(actionsOf(chain));
    },
  );

  it('gives the same verdict as the reference for every agent, action and level', async () => {
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
    const queries = [...made.chains.keys()].flatMap((agentId) =>
      actions.flatMap((action) => VERIFICATION_LEVELS.map((level) => ({ agent_id: agentId, action, level }))),
    );
    const theirs = await reference.verifyMany(WORLD, queries);
    const differences: string[] = [];
    for (const [i, { agent_id: agentId, action, level }] of queries.entries()) {
      const ours = await trust.verify({ agentId, action, level });
      if (ours.valid !== theirs[i]?.valid)
        differences.push(`${agentId} ${action} ${level}: ${ours.reason} | ${theirs[i]?.reason}`);
    }
    expect(differences).toEqual([]);
    expect(new Set(theirs.map((verdict) => verdict.valid))).toEqual(new Set([true, false]));
  });

  it('computes the same hashes', async () => {
    for (const text of made.chains.values()) {
      const chain = TrustLineageChain.parse(text);
      expect(await reference.hashChain(text)).toMatchObject({
        trust_chain_hash: chain.trustChainHash(),
        chain_hash: chain.hash(),
      });
    }
  });

  it.each(['py-bob', 'derived-1', ...STRUCTURED_AGENTS])(
    'computes the same hashes of %s, whatever unsigned is changed',
    async (id) => {
      const whyUnsigned = STRUCTURED_AGENTS.includes(id) ? whyUnsignedInStructuredChain : whyUnsignedInChain;
      const changes = [...singleChanges(chainOf(id))].filter((change) => whyUnsigned(change) !== undefined);
      const theirs = await Promise.all(changes.map((change) => reference.hashChain(change.text)));
      const different = changes.filter(({ text }, i) => {
        const chain = TrustLineageChain.parse(text);
        return (
          chain.trustChainHash() !== theirs[i]?.trust_chain_hash || chain.hash() !== theirs[i]?.chain_hash
        );
      });
      expect(different.map(show)).toEqual([]);
      expect(changes.length).toBeGreaterThan(15);
    },
  );

  it('verifies every anchor, each resting on the chain that it names', () => {
    for (const { stored, agentId } of made.anchors) {
      expect(isAnchorGood(stored)).toBe(true);
      const chain = TrustLineageChain.parse(chainOf(agentId));
      expect(auditAnchorCodec.decodeText(stored).trustChainHash).toBe(chain.trustChainHash());
    }
  });

  it('reads the same content written otherwise, as the reference does', async () => {
    for (const chain of made.chains.values()) {
      for (const text of [
        writeJson(parseJson(chain)),
        canonicalJson(parseJson(chain)),
        reversedKeys(chain),
      ]) {
        await putUnchecked(store, agentOf(chain), text);
        expect(await world.permitted(chain, 'full')).toEqual(actionsOf(chain));
        expect(await refusals(reference, WORLD, text)).toEqual([]);
      }
    }
  });
});

describe('TypeScript refuses what was changed', () => {
  it.each(['py-bob', 'py-bare', 'derived-1', 'derived-2', ...STRUCTURED_AGENTS])(
    'any one value of %s',
    async (agentId) => {
      const chain = chainOf(agentId);
      const actions = actionsOf(chain);
      const whyUnsigned = STRUCTURED_AGENTS.includes(agentId)
        ? whyUnsignedInStructuredChain
        : whyUnsignedInChain;
      const wrong: string[] = [];
      let signed = 0;
      for (const change of singleChanges(chain)) {
        // TypeScript refuses a trace that is gone while the signature over it stays; the reference does not.
        const isGone = change.how === 'removed' && change.path.endsWith('reasoning_trace');
        const reason = isGone ? undefined : whyUnsigned(change);
        if (reason === undefined) signed += 1;
        await putUnchecked(store, agentId, change.text);
        for (const level of ['standard', 'full'] as const) {
          const still = await world.permitted(chain, level, actions);
          if (still.length > 0 !== (reason !== undefined))
            wrong.push(`${show(change)} ${level}: permitted ${still}; ${reason}`);
        }
      }
      expect(wrong).toEqual([]);
      expect(signed).toBeGreaterThan(80);
    },
  );

  it('any one value of an anchor', () => {
    for (const { stored } of made.anchors) {
      const changes = [...singleChanges(stored)];
      const signed = changes.filter((change) => whyUnsignedInAnchor(change) === undefined);
      expect(signed.filter((change) => isAnchorGood(change.text)).map(show)).toEqual([]);
      expect(signed.length).toBeGreaterThan(40);
    }
  });

  it('the reasoning of an anchor in a trail, whose hash is signed', async () => {
    const { stored, agentId } = made.anchors[0]!;
    const append = (trailId: string, text: string): Promise<void> =>
      appendUnchecked(store, trailId, { anchorId: `aud-${trailId}`, agentId, text });
    await append('outside-runs', stored);
    const codes = async () => (await trust.verifyTrail('outside-runs')).problems.map(({ code }) => code);
    // The reference signs no place.
    expect(await codes()).toEqual(['PLACE_MISMATCH']);
    await append('outside-runs', stored.replace('the helper has the data', 'mallory asked for it'));
    expect(await codes()).toEqual(['PLACE_MISMATCH', 'PLACE_MISMATCH', 'REASONING_INVALID']);
  });

  it('on import, with what is wrong', async () => {
    const forged = chainOf('py-bare').replace('"summarize"', '"super_power"');
    await expect(trust.importChain(forged, { overwrite: true })).rejects.toMatchObject({
      code: 'CHAIN_INVALID',
    });
    expect(await trust.exportChain('py-bare')).toBe(chainOf('py-bare'));
  });
});

function isAnchorGood(stored: string): boolean {
  try {
    const anchor = auditAnchorCodec.decodeText(stored);
    const authorityId = TrustLineageChain.parse(chainOf(anchor.agentId)).genesis.authorityId;
    const { authority } = made.authorities.find(
      (entry) => (entry.authority as JsonObject).id === authorityId,
    )!;
    const publicKey = String((authority as JsonObject).public_key);
    return verifySignature(canonicalJson(anchorPreimage(anchor)), anchor.signature ?? '', publicKey);
  } catch {
    return false;
  }
}

const reversedKeys = (text: string): string =>
  JSON.stringify(parseJson(text), (_key, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value) && !('rawJSON' in value)
      ? Object.fromEntries(Object.entries(value).reverse())
      : value,
  );

const show = ({ path, how }: SingleChange): string => `${path} ${how}`;
