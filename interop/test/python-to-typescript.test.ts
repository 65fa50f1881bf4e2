import {
  anchorPreimage,
  auditAnchorCodec,
  canonicalJson,
  InMemoryKeyManager,
  type JsonObject,
  MemoryTrustStore,
  parseJson,
  TrustLineageChain,
  TrustOperations,
  VERIFICATION_LEVELS,
  verifySignature,
  writeJson,
} from '@kaizen-eatp/core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type PythonScenario, pythonScenario, STRUCTURED_AGENTS } from '../src/python-scenario.ts';
import { ReferenceClient } from '../src/reference-client.ts';
import { actionsOf, refusals } from '../src/reference-world.ts';
import { type SingleChange, singleChanges } from '../src/single-changes.ts';
import { agentOf, putUnchecked } from '../src/unchecked-store.ts';
import { whyUnsignedInAnchor, whyUnsignedInChain, whyUnsignedInStructuredChain } from '../src/unsigned-fields.ts';

const WORLD = 'theirs';
let reference: ReferenceClient;
let made: PythonScenario;
let store: MemoryTrustStore;
let trust: TrustOperations;

beforeAll(async () => {
  reference = await ReferenceClient.start();
  made = await pythonScenario(reference, WORLD);
});
afterAll(() => reference?.close());

/** Each test gets the chains anew, with the authorities' keys, so that TypeScript can sign for them. */
beforeEach(async () => {
  const keyManager = new InMemoryKeyManager();
  store = new MemoryTrustStore();
  trust = new TrustOperations({ store, keyManager });
  for (const { authority, private_key: privateKey } of made.authorities) {
    const { signingKeyId } = await trust.registerAuthority(authority as JsonObject);
    await keyManager.importKey(signingKeyId, privateKey as string);
  }
  for (const chain of made.chains.values()) await trust.importChain(chain);
});

const chainOf = (agentId: string): string => made.chains.get(agentId) as string;

/** The actions that TypeScript permits, of all that the chain's capabilities cover. */
async function permitted(chain: string, level: 'standard' | 'full', actions = actionsOf(chain)): Promise<string[]> {
  const agentId = agentOf(chain);
  const results = await Promise.all(actions.map((action) => trust.verify({ agentId, action, level })));
  return actions.filter((_, i) => results[i]?.valid);
}

describe('TypeScript accepts what the reference made', () => {
  it('keeps every chain byte for byte', async () => {
    for (const [agentId, chain] of made.chains) expect(await trust.exportChain(agentId)).toBe(chain);
  });

  it.each(['standard', 'full'] as const)('verifies every chain at %s for everything its capabilities cover', async (level) => {
    expect(made.chains.size).toBe(8);
    for (const chain of made.chains.values()) expect(await permitted(chain, level)).toEqual(actionsOf(chain));
  });

  it('gives the same verdict as the reference for every agent, action and level', async () => {
    const actions = ['analyze_data', 'read_x', 'read_users', 'update_users', 'x_admin', 'execute', 'summarize', 'données_é', ''];
    const queries = [...made.chains.keys()].flatMap((agentId) =>
      actions.flatMap((action) => VERIFICATION_LEVELS.map((level) => ({ agent_id: agentId, action, level }))),
    );
    const theirs = await reference.verifyMany(WORLD, queries);
    const differences: string[] = [];
    for (const [i, { agent_id: agentId, action, level }] of queries.entries()) {
      const ours = await trust.verify({ agentId, action, level });
      if (ours.valid !== theirs[i]?.valid) differences.push(`${agentId} ${action} ${level}: ${ours.reason} | ${theirs[i]?.reason}`);
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

  it('verifies every anchor, each resting on the chain that it names', () => {
    for (const { stored, agentId } of made.anchors) {
      expect(isAnchorGood(stored)).toBe(true);
      const chain = TrustLineageChain.parse(chainOf(agentId));
      expect(auditAnchorCodec.decodeText(stored).trustChainHash).toBe(chain.trustChainHash());
    }
  });

  it('reads the same content written otherwise, as the reference does', async () => {
    for (const chain of made.chains.values()) {
      for (const text of [writeJson(parseJson(chain)), canonicalJson(parseJson(chain)), reversedKeys(chain)]) {
        await putUnchecked(store, agentOf(chain), text);
        expect(await permitted(chain, 'full')).toEqual(actionsOf(chain));
        expect(await refusals(reference, WORLD, text)).toEqual([]);
      }
    }
  });
});

describe('TypeScript refuses what was changed', () => {
  it.each(['py-bob', 'py-bare', 'derived-1', 'derived-2', ...STRUCTURED_AGENTS])('any one value of %s', async (agentId) => {
    const chain = chainOf(agentId);
    const actions = actionsOf(chain);
    const whyUnsigned = STRUCTURED_AGENTS.includes(agentId) ? whyUnsignedInStructuredChain : whyUnsignedInChain;
    const wrong: string[] = [];
    let signed = 0;
    for (const change of singleChanges(chain)) {
      const reason = whyUnsigned(change);
      if (reason === undefined) signed += 1;
      await putUnchecked(store, agentId, change.text);
      for (const level of ['standard', 'full'] as const) {
        const still = await permitted(chain, level, actions);
        if (isReadByReferenceOnly(change) && still.length === 0) continue;
        if (still.length > 0 !== (reason !== undefined)) wrong.push(`${show(change)} ${level}: permitted ${still}; ${reason}`);
      }
    }
    expect(wrong).toEqual([]);
    expect(signed).toBeGreaterThan(80);
  });

  it('any one value of an anchor', () => {
    for (const { stored } of made.anchors) {
      const changes = [...singleChanges(stored)];
      const signed = changes.filter((change) => whyUnsignedInAnchor(change) === undefined);
      expect(signed.filter((change) => isAnchorGood(change.text)).map(show)).toEqual([]);
      expect(signed.length).toBeGreaterThan(40);
    }
  });

  it('on import, with what is wrong', async () => {
    const forged = chainOf('py-bare').replace('"summarize"', '"super_power"');
    await expect(trust.importChain(forged, { overwrite: true })).rejects.toMatchObject({ code: 'CHAIN_INVALID' });
    expect(await trust.exportChain('py-bare')).toBe(chainOf('py-bare'));
  });
});

describe('a chain that TypeScript writes again', () => {
  it('keeps fields that only a later version knows, and every number literal, in all that it does not make anew', async () => {
    const extra = '{"one":1.0,"small":1e-05,"exact":9223372036854775819,"big":1e+22,"zero":-0.0,"text":"é"}';
    const unknown = parseJson(extra);
    const parsed = parseJson(chainOf('derived-1')) as JsonObject & Record<'capabilities' | 'delegations', readonly JsonObject[]>;
    const extended = writeJson({
      ...parsed,
      x_chain: unknown,
      genesis: { ...(parsed.genesis as JsonObject), x_genesis: unknown },
      capabilities: parsed.capabilities.map((capability) => ({ ...capability, x_capability: unknown })),
      delegations: parsed.delegations.map((delegation) => ({ ...delegation, x_delegation: unknown })),
    });
    await trust.importChain(extended, { overwrite: true });
    await trust.reattest({ agentId: 'derived-1', capabilities: ['summarize'] });
    const rewritten = await trust.exportChain('derived-1');
    expect(await refusals(reference, WORLD, rewritten)).toEqual([]);
    const { capabilities, delegations } = parsed;
    expect(rewritten.split('"x_chain":').length - 1).toBe(1);
    expect(rewritten.split(`"x_genesis":${extra}`).length - 1).toBe(1);
    expect(rewritten.split(`"x_capability":${extra}`).length - 1).toBe(capabilities.length);
    expect(rewritten.split(`"x_delegation":${extra}`).length - 1).toBe(delegations.length);
    expect(rewritten).toContain(`"x_chain":${extra}`);
  });

  it('keeps the numbers of signed metadata and scopes as the reference wrote them', async () => {
    await trust.reattest({ agentId: 'py-bob', capabilities: ['summarize'] });
    const rewritten = await trust.exportChain('py-bob');
    for (const number of ['1.0', '1.5', '1e-05', '1.5e-10', '1e+22', '-0.0', '9223372036854775819', '5e-324']) {
      const ofOne = (text: string): number => text.split(new RegExp(`:\\s*${RegExp.escape(number)}[,}]`)).length;
      expect(ofOne(rewritten), number).toBe(ofOne(chainOf('py-bob')));
    }
    expect(await refusals(reference, WORLD, rewritten)).toEqual([]);
  });
});

describe('both go on from what the other made', () => {
  beforeEach(() => reference.load('both', { authorities: made.authorities, chains: [...made.chains.values()] }));

  const handBack = async (agentId: string): Promise<string> => {
    const chain = await trust.exportChain(agentId);
    await reference.putChain('both', chain);
    return chain;
  };

  it.each([
    ['py-bob', 'new-agent', 'read_users'],
    ['py-données', 'new-agent', 'données_é'],
    ['derived-2', 'new-agent', 'read_users'],
    ['py-bare', 'py-bob', 'summarize'],
    ['derived-v2', 'py-bob', 'summarize'],
    ['derived-v3', 'new-agent', 'execute'],
  ])('TypeScript delegates for good from %s to %s', async (delegatorId, delegateeId, capability) => {
    const record = await trust.delegate({
      delegatorId,
      delegateeId,
      taskId: 'for good',
      capabilities: [capability],
      additionalConstraints: ['Façade'],
      lasting: true,
    });
    const chain = await handBack(delegateeId);
    expect(TrustLineageChain.parse(chain).delegations.at(-1)).toEqual(record);
    expect(await refusals(reference, 'both', chain)).toEqual([]);
    expect(await permitted(chain, 'full')).toEqual(actionsOf(chain));
  });

  it('the reference delegates on from a chain that TypeScript derived, and TypeScript verifies that', async () => {
    const lasting = { lasting: true, taskId: 'for good' };
    await trust.delegate({ ...lasting, delegatorId: 'py-bob', delegateeId: 'ts-1', capabilities: ['read_users'] });
    await handBack('ts-1');
    const { delegatee_chain: chain } = await reference.delegate('both', {
      delegator_id: 'ts-1',
      delegatee_id: 'py-2',
      task_id: 'task-2',
      capabilities: ['read_users'],
    });
    await trust.importChain(chain);
    expect(await permitted(chain, 'full')).toEqual(['read_users']);
    await trust.delegate({ ...lasting, delegatorId: 'py-2', delegateeId: 'ts-3', capabilities: ['read_users'] });
    expect(await refusals(reference, 'both', await handBack('ts-3'))).toEqual([]);
  });

  it('the reference extends a chain that TypeScript extended, and refuses what TypeScript would', async () => {
    await trust.delegate({ delegatorId: 'py-bare', delegateeId: 'py-bob', taskId: 't', capabilities: ['summarize'], lasting: true });
    await handBack('py-bob');
    const { delegatee_chain: chain } = await reference.delegate('both', {
      delegator_id: 'py-données',
      delegatee_id: 'py-bob',
      task_id: 'task-3',
      capabilities: ['x_admin'],
      additional_constraints: ['no_delegation'],
    });
    await trust.importChain(chain, { overwrite: true });
    expect(await permitted(chain, 'full')).toEqual(actionsOf(chain));
    const onwards = { task_id: 'task-4', capabilities: ['summarize'] };
    await expect(
      reference.delegate('both', { ...onwards, delegator_id: 'py-bob', delegatee_id: 'py-bare' }),
    ).rejects.toMatchObject({ type: 'DelegationError' });
    await expect(
      trust.delegate({ taskId: 'task-4', capabilities: ['summarize'], delegatorId: 'py-bob', delegateeId: 'py-bare' }),
    ).rejects.toMatchObject({ code: 'DELEGATION_REFUSED' });
  });

  it('the reference accepts an anchor that TypeScript signs for a chain of its making', async () => {
    const anchor = await trust.audit({ agentId: 'derived-v2', action: 'summarize', result: 'success', context: { é: 1e-5 } });
    expect(await reference.verifyAnchor('both', auditAnchorCodec.encodeText(anchor), 'alice-py')).toBe(true);
    expect(anchor.trustChainHash).toBe((await reference.hashChain(chainOf('derived-v2'))).trust_chain_hash);
  });
});

function isAnchorGood(stored: string): boolean {
  try {
    const anchor = auditAnchorCodec.decodeText(stored);
    const authorityId = TrustLineageChain.parse(chainOf(anchor.agentId)).genesis.authorityId;
    const { authority } = made.authorities.find((entry) => (entry.authority as JsonObject).id === authorityId)!;
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

/** The reference takes any number for a priority, TypeScript whole ones only; it is signed by neither. */
const isReadByReferenceOnly = ({ path, how }: SingleChange): boolean => how === 'number form' && path.endsWith('.priority');

const show = ({ path, how }: SingleChange): string => `${path} ${how}`;
