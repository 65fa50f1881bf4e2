import { MemoryTrustStore, TrustOperations } from '@kaizen-eatp/core';
import {
  anchorPreimage,
  auditAnchorCodec,
  canonicalJson,
  type JsonValue,
  numberLiteral,
  parseJson,
  sha256Hex,
  toJsonValue,
  writeJson,
} from '@kaizen-eatp/core/records';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { anyObject, anyValue, SEED } from '../src/arbitrary-values.ts';
import { ReferenceClient } from '../src/reference-client.ts';
import { referenceAuthorities, refusals } from '../src/reference-world.ts';

let reference: ReferenceClient;
beforeAll(async () => {
  reference = await ReferenceClient.start();
});
afterAll(() => reference?.close());

/** Any number as JSON may write it, as long as it fits a double. */
const anyLiteral = fc
  .tuple(
    fc.constantFrom('', '-'),
    fc.bigInt({ min: 0n, max: 10n ** 25n }).map(String),
    fc.option(fc.stringMatching(/^\d{1,20}$/), { nil: undefined }),
    fc.option(fc.tuple(fc.constantFrom('e', 'E', 'e+', 'e-', 'E-0'), fc.integer({ min: 0, max: 280 })), {
      nil: undefined,
    }),
  )
  .map(
    ([sign, whole, fraction, exponent]) =>
      `${sign}${whole}${fraction ? `.${fraction}` : ''}${exponent?.join('') ?? ''}`,
  );

async function compare(values: readonly JsonValue[], texts: readonly string[]): Promise<void> {
  const theirs = await reference.canonical(texts);
  expect(values.map(canonicalJson)).toEqual(theirs.map((answer) => answer.canonical));
  expect(values.map((value) => sha256Hex(canonicalJson(value)))).toEqual(
    theirs.map((answer) => answer.sha256),
  );
}

describe('the canonical form of random values is that of the reference', () => {
  it('of whatever a user passes, through toJsonValue', async () => {
    const batches = fc.array(anyValue, { minLength: 30, maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(batches, async (values) => {
        const json = values.map((value) => toJsonValue(value));
        await compare(json, json.map(writeJson));
      }),
      { seed: SEED, numRuns: 40 },
    );
  });

  it('of JSON that is read, whatever form its numbers have', async () => {
    const batches = fc.array(fc.array(anyLiteral, { minLength: 1, maxLength: 4 }), {
      minLength: 50,
      maxLength: 100,
    });
    await fc.assert(
      fc.asyncProperty(batches, async (lists) => {
        const texts = lists.map((literals) => `{"v":[ ${literals.join(' ,\n')}]}`);
        await compare(
          texts.map((text) => parseJson(text)),
          texts,
        );
      }),
      { seed: SEED, numRuns: 20 },
    );
  });

  it('of numbers that a double cannot hold: both refuse an infinity, both round to zero', async () => {
    await expect(reference.canonical(['1e999'])).rejects.toMatchObject({ type: 'ValueError' });
    expect(() => canonicalJson(parseJson('1e999'))).toThrow(
      expect.objectContaining({ code: 'UNSUPPORTED_VALUE' }),
    );
    await compare([parseJson('[1e-999,-1e-999]')], ['[1e-999,-1e-999]']);
  });

  it('of values as deep as toJsonValue allows', async () => {
    let deep: unknown = 1.5;
    for (let i = 0; i < 200; i++) deep = i % 2 ? { é: deep } : [deep];
    await compare([toJsonValue(deep)], [writeJson(toJsonValue(deep))]);
    expect(() => toJsonValue([deep])).toThrow(expect.objectContaining({ code: 'UNSUPPORTED_VALUE' }));
  });
});

describe('random values come back as they went', () => {
  it('through the text, the canonical text, and toJsonValue again', () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        const json = toJsonValue(value);
        const canonical = canonicalJson(json);
        expect(canonicalJson(parseJson(writeJson(json)))).toBe(canonical);
        expect(canonicalJson(parseJson(canonical))).toBe(canonical);
        expect(canonicalJson(toJsonValue(json))).toBe(canonical);
      }),
      { seed: SEED, numRuns: 1000 },
    );
  });

  it('with every number literal as it was written', () => {
    fc.assert(
      fc.property(fc.array(anyLiteral), (literals) => {
        const text = `[${literals.join(',')}]`;
        expect(writeJson(parseJson(text))).toBe(text);
        expect(writeJson(toJsonValue(literals.map(numberLiteral)))).toBe(text);
      }),
      { seed: SEED, numRuns: 500 },
    );
  });
});

describe('random metadata, scopes and contexts', () => {
  it('are verified at full by the reference where TypeScript signed them', async () => {
    const store = new MemoryTrustStore();
    const trust = new TrustOperations({ store });
    const acme = await trust.createEnterpriseAuthority({ name: 'ACME' });
    await reference.load('random', { authorities: referenceAuthorities([acme]) });
    let made = 0;
    const free = anyObject.filter((object) => !Object.hasOwn(object, 'constraints'));
    await fc.assert(
      fc.asyncProperty(free, anyObject, anyObject, async (metadata, scope, context) => {
        const agentId = `agent-${made++}`;
        await trust.establish({
          agentId,
          authorityId: acme.id,
          capabilities: [{ capability: 'read_*', scope }],
          metadata,
        });
        expect(await refusals(reference, 'random', await trust.exportChain(agentId))).toEqual([]);
        expect((await trust.verify({ agentId, action: 'read_x', level: 'full' })).valid).toBe(true);
        const anchor = await trust.audit({ agentId, action: 'read_x', result: 'success', context });
        const text = auditAnchorCodec.encodeText(anchor);
        expect(await reference.verifyAnchor('random', text, acme.id)).toBe(true);
        expect(canonicalJson(anchorPreimage(auditAnchorCodec.decodeText(text)))).toBe(
          canonicalJson(anchorPreimage(anchor)),
        );
      }),
      { seed: SEED, numRuns: 150 },
    );
    expect(made).toBeGreaterThanOrEqual(150);
  });

  it('are verified at full by TypeScript where the reference signed them', async () => {
    const store = new MemoryTrustStore();
    const { authority } = await reference.generateAuthority('random-py', 'org-py', 'Org', 'organization');
    const roots = [{ id: 'org-py', publicKey: (authority as { public_key: string }).public_key }];
    const trust = new TrustOperations({ store, roots });
    await trust.registerAuthority(authority as never);
    let made = 0;
    const free = anyObject.filter((object) => !Object.hasOwn(object, 'constraints'));
    await fc.assert(
      fc.asyncProperty(free, anyObject, async (metadata, scope) => {
        const stored = await reference.establish('random-py', {
          agent_id: `agent-${made++}`,
          authority_id: 'org-py',
          capabilities: [
            { capability: 'read_*', capability_type: 'action', scope_json: writeJson(toJsonValue(scope)) },
          ],
          metadata_json: writeJson(toJsonValue(metadata)),
        });
        const chain = await trust.importChain(stored);
        expect((await trust.verify({ agentId: chain.agentId, action: 'read_x', level: 'full' })).valid).toBe(
          true,
        );
        expect(chain.trustChainHash()).toBe((await reference.hashChain(stored)).trust_chain_hash);
      }),
      { seed: SEED, numRuns: 150 },
    );
  });
});
