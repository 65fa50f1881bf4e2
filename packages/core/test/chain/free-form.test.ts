import {
  computeEnvelope,
  genesisConstraints,
  injectedConstraints,
  type JsonValue,
  parseJson,
  TrustLineageChain,
  writeJson,
} from '@kaizen-eatp/core/records';
import { describe, expect, it } from 'vitest';
import type { Editable } from '../trust/world.js';
import { goldenChain } from './golden.js';

const golden = goldenChain('agent-1-5');
const edited = (edit: (wire: Editable) => void): TrustLineageChain => {
  const wire: Editable = parseJson(golden.stored);
  edit(wire);
  return TrustLineageChain.parse(writeJson(wire));
};
const EACH_KIND: readonly JsonValue[] = [null, false, 0, 'text', [1, null], { a: [true] }];

describe('a chain is readable, and written again as it came, whatever JSON value is', () => {
  it.each(EACH_KIND.map((value) => ({ value })))('the scope of a capability: $value', ({ value }) => {
    const chain = edited((wire) => {
      wire.capabilities[0].scope = value;
    });
    expect(chain.capabilities[0]?.scope).toEqual(value);
    expect(TrustLineageChain.parse(chain.toText())).toEqual(chain);
  });

  it.each(EACH_KIND.map((value) => ({ value })))(
    'the metadata of the genesis record: $value',
    ({ value }) => {
      const chain = edited((wire) => {
        wire.genesis.metadata = value;
      });
      expect(chain.genesis.metadata).toEqual(value);
      expect(TrustLineageChain.parse(chain.toText())).toEqual(chain);
    },
  );
});

describe('the constraints in the metadata of a genesis record', () => {
  it.each([
    { metadata: {}, labels: [] },
    { metadata: { constraints: [] }, labels: [] },
    { metadata: { constraints: '' }, labels: [] },
    { metadata: { constraints: 'read_only' }, labels: ['read_only'] },
    { metadata: { constraints: ['read_only', 5, null] }, labels: ['read_only', 5, null] },
    { metadata: { constraints: { read_only: false, x: 1 } }, labels: ['read_only', 'x'] },
  ])('$metadata are $labels', ({ metadata, labels }) => {
    const { genesis } = edited((wire) => {
      wire.genesis.metadata = metadata;
    });
    expect(genesisConstraints(genesis)).toEqual(labels);
  });

  it.each(
    [null, 'finance', [], 5, { constraints: null }, { constraints: 1 }, { constraints: false }].map(
      (metadata) => ({ metadata }),
    ),
  )('$metadata cannot be read', ({ metadata }) => {
    const { genesis } = edited((wire) => {
      wire.genesis.metadata = metadata;
    });
    expect(genesisConstraints(genesis)).toBeUndefined();
  });

  it('are none when the metadata is absent', () => {
    expect(genesisConstraints(edited((wire) => void delete wire.genesis.metadata).genesis)).toEqual([]);
  });
});

describe('constraints that only the envelope of a chain has', () => {
  const injected = [
    { id: 'con-1', constraint_type: 'operational', value: 'four_eyes', source: 'genesis', priority: 0 },
    { id: 'con-2', constraint_type: 'reasoning_required', value: 'why', source: 'policy', priority: 0 },
  ];
  const chain = edited((wire) => void wire.constraint_envelope.active_constraints.push(...injected));

  it('are found by their values, since nothing signs the source', () => {
    expect(injectedConstraints(chain).map(({ id }) => id)).toEqual(['con-1', 'con-2']);
    expect(injectedConstraints(TrustLineageChain.parse(golden.stored))).toEqual([]);
  });

  it('are part of the next envelope when they are passed on', () => {
    const { genesis, capabilities, delegations } = chain;
    const next = computeEnvelope(genesis, capabilities, delegations, injectedConstraints(chain));
    expect(next.activeConstraints.slice(0, 2).map(({ value }) => value)).toEqual(['four_eyes', 'why']);
  });
});
