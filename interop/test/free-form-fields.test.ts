import {
  anchorPreimage,
  auditAnchorCodec,
  canonicalJson,
  type JsonObject,
  jsonMember,
  parseJson,
  reasoningSignaturePreimage,
  reasoningTraceHash,
  TrustLineageChain,
  toJsonValue,
  VERIFICATION_LEVELS,
  verifySignature,
  writeJson,
} from '@kaizen-eatp/core/records';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { accepted } from '../src/accepted.ts';
import { anyValue, SEED } from '../src/arbitrary-values.ts';
import { EACH_KIND, type FieldPath, withField } from '../src/free-form.ts';
import { type PythonScenario, pythonScenario } from '../src/python-scenario.ts';
import { PythonWorld } from '../src/python-world.ts';
import { ReferenceClient, ReferenceRequestError } from '../src/reference-client.ts';
import { actionsOf, refusals } from '../src/reference-world.ts';
import { appendUnchecked, authorityOfChain, putUnchecked } from '../src/unchecked-store.ts';

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

/** Returns the verdicts of the reference and of TypeScript on a stored chain, one line for each query. */
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

describe('a chain with random values in its free-form fields', () => {
  const editable = FIELDS.filter(([, path]) => !path.includes('reasoning_trace') && !path.includes('scope'));

  it('is read, hashed and judged as the reference does', async () => {
    let signedOnes = 0;
    const some = fc.tuple(
      fc.constantFrom(...editable, ['py-bob', ['capabilities', 0, 'scope']] as const),
      anyValue,
    );
    await fc.assert(
      fc.asyncProperty(fc.array(some, { minLength: 1, maxLength: 4 }), async (edits) => {
        const agentId = edits[0]![0][0];
        let edited = chainOf(agentId);
        const replaced: string[] = [];
        for (const [[ofAgent, path], value] of edits) {
          const field = path.join('.');
          const isGone = replaced.some((outer) => field.startsWith(`${outer}.`));
          if (ofAgent !== agentId || isGone) continue;
          edited = withField(edited, path, writeJson(toJsonValue(value)));
          replaced.push(field);
        }
        const signed = await ifPossible(reference.signStored(WORLD, edited));
        if (signed === undefined) return;
        signedOnes += 1;
        const chain = TrustLineageChain.parse(signed);
        expect((await reference.hashChain(signed)).trust_chain_hash).toBe(chain.trustChainHash());
        const { theirs, ours } = await verdicts(agentId, signed);
        expect(ours).toEqual(theirs);
      }),
      { seed: SEED, numRuns: 120 },
    );
    expect(signedOnes).toBeGreaterThan(60);
  });
});

describe('an anchor whose free-form field holds any kind of value', () => {
  const trace = ['decision', 'rationale', 'alternatives_considered', 'evidence', 'methodology', 'confidence'];
  const paths: FieldPath[] = [
    ['context'],
    ['context', 'deep'],
    ...trace.map((name) => ['reasoning_trace', name]),
  ];

  it.each(paths.map((path) => ({ path, field: path.join('.') })))(
    'is read and verified as the reference does: $field',
    async ({ path }) => {
      const { stored, agentId } = made.anchors[0]!;
      const [, authorityId] = authorityOfChain(chainOf(agentId));
      const { authority } = made.authorities.find(
        (entry) => jsonMember(entry.authority, 'id') === authorityId,
      )!;
      const publicKey = String(jsonMember(authority, 'public_key'));
      let signedOnes = 0;
      for (const json of EACH_KIND) {
        const edited = withField(stored, path, json);
        const signed = await ifPossible(reference.signAnchor(WORLD, edited, authorityId));
        if (signed === undefined) {
          expect(() => auditAnchorCodec.decodeText(edited), json).toThrow();
          continue;
        }
        signedOnes += 1;
        const anchor = auditAnchorCodec.decodeText(signed);
        const payload = canonicalJson(anchorPreimage(anchor));
        expect(verifySignature(payload, anchor.signature as string, publicKey), json).toBe(true);
        const reasoning = canonicalJson(reasoningSignaturePreimage(anchor.id, anchor.reasoningTrace!));
        expect(verifySignature(reasoning, anchor.reasoningSignature as string, publicKey), json).toBe(true);
        expect(reasoningTraceHash(anchor.reasoningTrace!)).toBe(anchor.reasoningTraceHash);
      }
      expect(signedOnes).toBeGreaterThanOrEqual(4);
    },
  );

  it('counts as an entry of a trail like any other', async () => {
    const { stored, agentId } = made.anchors[0]!;
    const [, authorityId] = authorityOfChain(chainOf(agentId));
    for (const json of EACH_KIND) {
      const text = await reference.signAnchor(WORLD, withField(stored, ['context'], json), authorityId);
      await appendUnchecked(world.store, 'outside-runs', { anchorId: `aud-${json}`, agentId, text });
    }
    const { entries, problems } = await world.trust.verifyTrail('outside-runs');
    expect(entries).toBe(EACH_KIND.length);
    // The reference signs no place.
    expect(new Set(problems.map(({ code }) => code))).toEqual(new Set(['PLACE_MISMATCH']));
  });
});

describe('a chain that TypeScript writes again', () => {
  it('keeps the order of keys in which the reference hashed a constraint', async () => {
    const metadata = '{"constraints": [{"b": {"10": 1.0, "2": null}, "10": "é", "2": 0}, "read_only"]}';
    const edited = withField(chainOf('py-bare'), ['genesis', 'metadata'], metadata);
    await putUnchecked(world.store, 'py-bare', await reference.signStored(WORLD, edited));
    await world.trust.reattest({ agentId: 'py-bare', capabilities: ['read_x'] });
    const again = await world.trust.exportChain('py-bare');
    expect(again).toContain('{"b":{"10":1.0,"2":null},"10":"é","2":0}');
    expect(await refusals(reference, WORLD, again)).toEqual([]);
  });
});

describe('an authority', () => {
  it.each(EACH_KIND)('is registered with the metadata %s', async (json) => {
    const [first] = made.authorities;
    const authority = { ...first!.authority, id: `org-${json}`, metadata: parseJson(json) } as JsonObject;
    const { id } = await world.trust.registerAuthority(authority);
    const [stored] = await world.store.readAuthorities([id]);
    expect(stored && jsonMember(parseJson(stored.text), 'metadata')).toEqual(parseJson(json));
  });
});

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
      await accepted(world.trust, {
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
    const { id } = await world.trust.delegate({
      delegatorId: 'py-bare',
      delegateeId: 'py-powerless',
      taskId: 't',
      capabilities: ['summarize'],
    });
    expect((await judge(json)).denial).toMatchObject({ code: 'CHAIN_MALFORMED' });
    const under = { agentId: 'py-powerless', action: 'summarize', delegationId: id };
    expect((await world.trust.verify(under)).denial).toMatchObject({ code: 'CHAIN_MALFORMED' });
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
