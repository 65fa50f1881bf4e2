import { jsonMember, parseJson, TrustLineageChain, VERIFICATION_LEVELS } from '@kaizen-eatp/core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { EACH_KIND, type FieldPath, withField } from '../src/free-form.ts';
import { type PythonScenario, pythonScenario } from '../src/python-scenario.ts';
import { PythonWorld } from '../src/python-world.ts';
import { ReferenceClient, ReferenceRequestError } from '../src/reference-client.ts';
import { actionsOf, refusals } from '../src/reference-world.ts';
import { putUnchecked } from '../src/unchecked-store.ts';

const WORLD = 'free-form';
let reference: ReferenceClient;
let made: PythonScenario;
let world: PythonWorld;

beforeAll(async () => {
  reference = await ReferenceClient.start();
  made = await pythonScenario(reference, WORLD);
});
afterAll(() => reference?.close());
beforeEach(async () => {
  world = await PythonWorld.of(made);
});

const chainOf = (agentId: string): string => made.chains.get(agentId) as string;

/** The free-form fields of a chain, with an agent whose chain has them. */
const FIELDS: readonly (readonly [agentId: string, path: FieldPath])[] = [
  ['py-bob', ['genesis', 'metadata']],
  ['py-bob', ['genesis', 'metadata', 'constraints']],
  ['py-bob', ['genesis', 'metadata', 'constraints', 0]],
  ['py-bob', ['genesis', 'metadata', 'note']],
  ['py-bob', ['genesis', 'signature_algorithm']],
  ['py-bob', ['capabilities', 0, 'scope']],
  ['py-bob', ['capabilities', 1, 'scope', 'deep']],
  ...['value', 'source', 'priority'].map(
    (name) => ['py-bob', ['constraint_envelope', 'active_constraints', 0, name]] as const,
  ),
  ...['decision', 'rationale', 'alternatives_considered', 'evidence', 'methodology', 'confidence'].map(
    (name) => ['derived-1', ['delegations', 0, 'reasoning_trace', name]] as const,
  ),
  ['derived-1', ['delegations', 0, 'reasoning_trace', 'alternatives_considered', 0]],
  ['derived-1', ['delegations', 0, 'reasoning_trace', 'evidence', 0]],
  ...['allow_network', 'allowed_tools', 'max_context_tokens', 'reasoning_required'].map(
    (name) => ['derived-v2', ['delegations', 0, 'constraints', name]] as const,
  ),
  ['derived-v2', ['delegations', 0, 'constraints', 'allowed_tools', 0]],
  ['derived-v2', ['delegations', 0, 'resource_limits', 'max_tool_calls']],
  ...['domain', 'max_financial_cents', 'operations'].map(
    (name) => ['derived-v2', ['delegations', 0, 'scope', name]] as const,
  ),
  ['derived-v2', ['delegations', 0, 'scope', 'operations', 0]],
];

/** Resolves to undefined where the reference cannot do what it is asked. */
async function ifPossible<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof ReferenceRequestError) return undefined;
    throw error;
  }
}

/** The verdicts of the reference and of TypeScript on a chain that stands in both stores, as texts to compare. */
async function verdicts(agentId: string, stored: string): Promise<{ theirs: string[]; ours: string[] }> {
  const queries = [...actionsOf(chainOf(agentId)), 'update_x', 'nothing'].flatMap((action) =>
    VERIFICATION_LEVELS.map((level) => ({ action, level })),
  );
  await putUnchecked(world.store, agentId, stored);
  const theirs = await reference.verifyStored(WORLD, stored, queries);
  const ours = await Promise.all(queries.map((query) => world.trust.verify({ agentId, ...query })));
  const show = (found: readonly { readonly valid: boolean }[]): string[] =>
    queries.map(({ action, level }, i) => `${action} ${level} ${found[i]?.valid}`);
  return { theirs: show(theirs), ours: show(ours) };
}

describe.each(FIELDS.map(([agentId, path]) => ({ agentId, path, field: path.join('.') })))(
  'a chain whose $field holds any kind of value',
  ({ agentId, path }) => {
    it('is read, hashed and judged as the reference does', async () => {
      let signedOnes = 0;
      for (const json of EACH_KIND) {
        const edited = withField(chainOf(agentId), path, json);
        const isTheirs = (await ifPossible(reference.hashChain(edited))) !== undefined;
        if (!isTheirs) expect(() => TrustLineageChain.parse(edited), json).toThrow();
        const signed = await ifPossible(reference.signStored(WORLD, edited));
        if (signed === undefined) continue;
        signedOnes += 1;
        const chain = TrustLineageChain.parse(signed);
        expect(await reference.hashChain(signed), json).toMatchObject({
          trust_chain_hash: chain.trustChainHash(),
          chain_hash: chain.hash(),
        });
        const { theirs, ours } = await verdicts(agentId, signed);
        expect(ours, json).toEqual(theirs);
      }
      expect(signedOnes).toBeGreaterThanOrEqual(4);
    });
  },
);

describe('an agent whose delegator has an odd value in a free-form field', () => {
  const odd: readonly (readonly [field: string, path: FieldPath, json: string])[] = [
    ['scope', ['capabilities', 0, 'scope'], '"all tables"'],
    ['scope', ['capabilities', 0, 'scope'], '["t1", 1.0]'],
    ['scope', ['capabilities', 0, 'scope'], '0'],
    ['metadata', ['genesis', 'metadata'], '"finance"'],
    ['metadata', ['genesis', 'metadata'], '[1.0]'],
  ];

  it.each(odd)('acts and is verified by both: %s %j %s', async (_field, path, json) => {
    const signed = await reference.signStored(WORLD, withField(chainOf('py-bob'), path, json));
    await putUnchecked(world.store, 'py-bob', signed);
    await reference.putChain(WORLD, signed);
    try {
      for (const level of ['standard', 'full'] as const) {
        expect(await world.permitted(chainOf('derived-1'), level)).toEqual(actionsOf(chainOf('derived-1')));
      }
      expect(await refusals(reference, WORLD, chainOf('derived-1'))).toEqual([]);
    } finally {
      await reference.putChain(WORLD, chainOf('py-bob'));
    }
  });
});

describe('a lasting delegation', () => {
  it.each(['"all tables"', '["t1", 1.0]', '0', 'null', 'false', '{"10": 1, "2": 1.0}'])(
    'passes on the scope %s as it is, and the reference verifies the result',
    async (json) => {
      const edited = withField(chainOf('py-bob'), ['capabilities', 0, 'scope'], json);
      const signed = await reference.signStored(WORLD, edited);
      await putUnchecked(world.store, 'py-bob', signed);
      await world.trust.delegate({
        delegatorId: 'py-bob',
        delegateeId: 'heir',
        taskId: 'for good',
        capabilities: ['analyze_data'],
        lasting: true,
      });
      const heir = await world.trust.exportChain('heir');
      const { capabilities } = TrustLineageChain.parse(heir);
      expect(capabilities.map((capability) => capability.scope)).toEqual([parseJson(json)]);
      expect(await refusals(reference, WORLD, heir)).toEqual([]);
    },
  );
});

describe('limits in the metadata of a genesis record', () => {
  const withConstraints = (json: string): Promise<string> =>
    reference.signStored(WORLD, withField(chainOf('py-bare'), ['genesis', 'metadata'], json));
  const judge = async (json: string) => {
    await putUnchecked(world.store, 'py-bare', await withConstraints(json));
    return world.trust.verify({ agentId: 'py-bare', action: 'summarize' });
  };

  it('limit when they are the keys of an object, as in the reference', async () => {
    const signed = await withConstraints('{"constraints": {"business_hours_only": true, "x": 1}}');
    expect(jsonMember(TrustLineageChain.parse(signed).genesis.metadata, 'constraints')).toBeDefined();
    await putUnchecked(world.store, 'py-bare', signed);
    const early = { current_time: '2026-01-02T03:00:00+00:00' };
    const ours = await world.trust.verify({ agentId: 'py-bare', action: 'summarize', context: early });
    expect(ours.denial?.code).toBe('CONSTRAINT_VIOLATED');
    await reference.putChain(WORLD, signed);
    const query = { agent_id: 'py-bare', action: 'summarize', context: early };
    expect((await reference.verify(WORLD, query)).valid).toBe(false);
    await reference.putChain(WORLD, chainOf('py-bare'));
  });

  it('limit when they are one string, which the reference reads as characters', async () => {
    const result = await judge('{"constraints": "Only_Daytime"}');
    expect(result).toMatchObject({ valid: true, unenforcedConstraints: ['Only_Daytime'] });
  });

  it.each([
    'null',
    '"finance"',
    '[]',
    '{"constraints": null}',
    '{"constraints": 5}',
    '{"constraints": true}',
  ])('deny when they cannot be read: %s', async (json) => {
    expect((await judge(json)).denial).toMatchObject({ code: 'CHAIN_MALFORMED' });
    await expect(
      world.trust.delegate({
        delegatorId: 'py-bare',
        delegateeId: 'py-powerless',
        taskId: 't',
        capabilities: ['summarize'],
      }),
    ).rejects.toMatchObject({ code: 'CHAIN_INVALID' });
  });
});
