import { MalformedRecordError } from '@kaizen-eatp/core/errors';
import {
  canonicalJson,
  capabilityPreimage,
  constraintHash,
  delegationSigningText,
  genesisPreimage,
  parseJson,
  sha256Hex,
  TrustLineageChain,
  writeJson,
} from '@kaizen-eatp/core/records';
import { describe, expect, it } from 'vitest';
import type { Editable } from '../trust/world.js';
import { goldenChain } from './golden.js';

const golden = goldenChain('agent-1-5');
const chain = TrustLineageChain.parse(golden.stored);
const edited = (edit: (wire: Editable) => void): string => {
  const wire: Editable = parseJson(golden.stored);
  edit(wire);
  return writeJson(wire);
};

describe('a chain that the reference wrote', () => {
  it('is what the facts say it is', () => {
    expect(chain.agentId).toBe('agent-1-5');
    expect(chain.capabilities).toHaveLength(3);
    expect(chain.delegations).toHaveLength(1);
  });

  it('has the pre-images that the reference signed', () => {
    expect(canonicalJson(genesisPreimage(chain.genesis))).toBe(golden.genesis_payload);
    expect(canonicalJson(chain.statePreimage())).toBe(golden.chain_state_payload);
    for (const capability of chain.capabilities) {
      expect(canonicalJson(capabilityPreimage(capability, 'agent-1-5'))).toBe(
        golden.capability_payloads[capability.id],
      );
    }
    for (const delegation of chain.delegations) {
      expect(delegationSigningText(delegation)).toBe(golden.delegation_payloads[delegation.id]);
    }
  });

  it('has the hashes that the reference computed', () => {
    expect(chain.hash()).toBe(golden.chain_hash);
    expect(constraintHash(chain.constraintEnvelope)).toBe(golden.constraint_hash);
  });

  it('is written again with every value that it came with', () => {
    expect(canonicalJson(parseJson(chain.toText()))).toBe(canonicalJson(parseJson(golden.stored)));
    expect(TrustLineageChain.parse(chain.toText())).toEqual(chain);
  });

  it('names the whole chain, without the signatures, in its trust chain hash', () => {
    const other = TrustLineageChain.parse(edited((wire) => (wire.genesis.signature = 'x')));
    expect(other.trustChainHash()).toBe(chain.trustChainHash());
    const moved = TrustLineageChain.parse(edited((wire) => (wire.delegations[0].task_id = 'task-x')));
    expect(moved.trustChainHash()).not.toBe(chain.trustChainHash());
    expect(moved.hash()).toBe(chain.hash());
  });
});

describe('parse and toText', () => {
  it('keep unknown fields of the chain and of every record in it', () => {
    const text = edited((wire) => {
      for (const record of [
        wire,
        wire.genesis,
        wire.capabilities[0],
        wire.delegations[0],
        wire.constraint_envelope,
      ]) {
        record.from_the_future = parseJson('{"n":1.0,"big":9223372036854775808}');
      }
      wire.constraint_envelope.active_constraints[0].note = [1];
      wire.delegations[0].reasoning_trace.mood = 'calm';
    });
    const again = parseJson(TrustLineageChain.parse(text).toText());
    expect(canonicalJson(again)).toBe(canonicalJson(parseJson(text)));
  });

  it('computes the chain hash again when it writes, since no signature covers it', () => {
    const text = edited((wire) => (wire.chain_hash = 'nonsense'));
    expect(JSON.parse(TrustLineageChain.parse(text).toText()).chain_hash).toBe(golden.chain_hash);
  });

  it.each<[string, (wire: Editable) => void]>([
    ['a genesis record', (wire) => delete wire.genesis],
    ['a genesis record that is one', (wire) => (wire.genesis = null)],
    ['an agent', (wire) => (wire.genesis.agent_id = '')],
    ['a known authority type', (wire) => (wire.genesis.authority_type = 'pirate')],
    ['a time with its offset', (wire) => (wire.genesis.created_at = '2026-01-02T03:04:05')],
    ['an expiry that is a moment', (wire) => (wire.genesis.expires_at = '2026-13-45T99:00:00+00:00')],
    ['capabilities in a list', (wire) => (wire.capabilities = {})],
    ['constraints of text', (wire) => (wire.capabilities[0].constraints = [1])],
    [
      'a known constraint type',
      (wire) => (wire.constraint_envelope.active_constraints[0].constraint_type = 'x'),
    ],
    ['a policy with its quorum flag', (wire) => (wire.delegations[0].multi_sig = true)],
  ])('refuses a chain without %s', (_what, edit) => {
    expect(() => TrustLineageChain.parse(edited(edit))).toThrow(MalformedRecordError);
  });

  it.each(['', 'null', '[]', '{}', '"chain"', '{"genesis":[]}'])('refuses %s', (text) => {
    expect(() => TrustLineageChain.parse(text)).toThrow(MalformedRecordError);
  });
});

describe('hashes', () => {
  it('take the ids in order, so that the order of the records does not matter', () => {
    const reversed = TrustLineageChain.parse(edited((wire) => wire.capabilities.reverse()));
    expect(reversed.hash()).toBe(chain.hash());
  });

  it('are over the ids and the stored constraint hash', () => {
    const { genesis, capabilities, delegations, constraintEnvelope } = chain;
    const state = {
      genesis_id: genesis.id,
      capability_ids: capabilities.map((c) => c.id).sort(),
      delegation_ids: delegations.map((d) => d.id),
      constraint_hash: constraintEnvelope?.constraintHash as string,
    };
    expect(chain.hash()).toBe(sha256Hex(canonicalJson(state)));
  });

  it('compute the signed constraint hash from the constraints, whatever is stored', () => {
    const lying = TrustLineageChain.parse(
      edited((wire) => (wire.constraint_envelope.constraint_hash = 'lie')),
    );
    expect(canonicalJson(lying.statePreimage())).toBe(golden.chain_state_payload);
    const dropped = TrustLineageChain.parse(
      edited((wire) => wire.constraint_envelope.active_constraints.pop()),
    );
    expect(canonicalJson(dropped.statePreimage())).not.toBe(golden.chain_state_payload);
  });

  it('are empty for no constraints', () => {
    expect(constraintHash(null)).toBe('');
    expect(constraintHash({ id: 'env-1', agentId: 'agent-bob', activeConstraints: [] })).toBe('');
  });
});
