import { readFileSync } from 'node:fs';
import { type DenialCode, TrustOperations, type VerificationResult } from '@kaizen-eatp/core';
import type { ReasoningTrace } from '@kaizen-eatp/core/records';
import { linkHash, type ReadRequest, type StatementEntry } from '@kaizen-eatp/core/store';
import { describe, expect, it } from 'vitest';
import { ALICE, accepted, BOB, MALLORY, minutes, World } from './world.js';

const trace: ReasoningTrace = {
  decision: 'delegate',
  rationale: 'bob has the data',
  confidentiality: 'public',
  timestamp: '2026-01-05T11:00:00+00:00',
};

async function aliceAndBob(options: ConstructorParameters<typeof World>[0] = {}): Promise<World> {
  const world = await World.create(options);
  await world.establish(ALICE, ['read', 'write']);
  await world.establish(BOB, ['read']);
  return world;
}

const read = (world: World, more: object = {}): Promise<VerificationResult> =>
  world.trust.verify({ agentId: BOB, action: 'read', ...more });
const delegated = (world: World, more: object = {}) =>
  accepted(world.trust, {
    delegatorId: ALICE,
    delegateeId: BOB,
    taskId: 'task-1',
    capabilities: ['write'],
    ...more,
  });

type Case = () => Promise<readonly [result: VerificationResult, reason: string | RegExp]>;

/** One way to each denial, with the whole text of its reason. */
const CASES: Record<DenialCode, Case> = {
  NO_CHAIN: async () => [await read(await World.create()), `agent ${BOB} has no trust chain`],

  REVOKED: async () => {
    const world = await aliceAndBob();
    await world.trust.revoke({ agentId: BOB, reason: 'left' });
    return [await read(world), `the trust of agent ${BOB} is revoked`];
  },

  EXPIRED: async () => {
    const world = await World.create();
    await world.establish(BOB, ['read'], [], minutes(5));
    world.later(6);
    return [await read(world), 'the trust chain has expired'];
  },

  CHAIN_MALFORMED: async () => {
    const world = await aliceAndBob();
    await world.tamper(BOB, (wire) => (wire.genesis.agent_id = 5));
    return [
      await read(world),
      /^The record is not a valid trust lineage chain: got trust lineage chain\.genesis\.agent_id: .*expected string.* Check that it is the right record, and that it was not cut or edited\.$/,
    ];
  },

  CHAIN_MISPLACED: async () => {
    const world = await aliceAndBob();
    await world.overwrite(BOB, (await world.stored(ALICE)).text);
    return [await read(world), `the stored chain is that of ${ALICE}`];
  },

  AUTHORITY_UNKNOWN: async () => {
    const globex = await World.create();
    const { id } = await globex.trust.createEnterpriseAuthority({ name: 'Globex' });
    await globex.trust.establish({ agentId: BOB, authorityId: id, capabilities: ['read'] });
    const world = await World.create();
    await world.overwrite(BOB, (await globex.stored(BOB)).text);
    return [await read(world), 'authority org-globex of the genesis record is unknown'];
  },

  AUTHORITY_NOT_TRUSTED: async () => {
    const globex = await World.create();
    const authority = await globex.trust.createEnterpriseAuthority({ name: 'Globex' });
    await globex.trust.establish({ agentId: BOB, authorityId: authority.id, capabilities: ['read'] });
    const world = await World.create();
    await world.trust.registerAuthority(authority);
    await world.overwrite(BOB, (await globex.stored(BOB)).text);
    return [
      await read(world),
      'authority org-globex is neither pinned nor endorsed, and its key is not in the key manager of this process',
    ];
  },

  AUTHORITY_NOT_PERMITTED: async () => {
    const world = await aliceAndBob();
    await world.trust.setAuthorityActive('org-acme', false);
    return [await read(world), 'authority org-acme is inactive'];
  },

  STORE_ROLLED_BACK: async () => {
    const world = await aliceAndBob();
    let isReplaced = false;
    const store = new Proxy(world.store, {
      get: (target, name) => {
        if (name === 'read' && isReplaced)
          return (request: ReadRequest) => target.read({ ...request, statementsHead: false });
        return Reflect.get(target, name).bind?.(target);
      },
    });
    const trust = world.elsewhere({ store });
    expect((await trust.verify({ agentId: BOB, action: 'read' })).valid).toBe(true);
    isReplaced = true;
    return [
      await trust.verify({ agentId: BOB, action: 'read' }),
      /The store holds an older or another state than before: expected the 1 statements .* got 0 statements/,
    ];
  },

  STATEMENTS_INVALID: async () => {
    const world = await aliceAndBob();
    const [{ hash: previousHash, sequence }] = (await world.store.readStatements()) as [StatementEntry];
    const entry = { sequence: sequence + 1, previousHash, hash: linkHash(previousHash, '{}'), text: '{}' };
    await world.store.commit([{ op: 'append_statement', entry }]);
    return [await read(world), /The signed statements are damaged: statement 2 is malformed/];
  },

  CHAIN_STATE_SIGNATURE_MISSING: async () => {
    const world = await aliceAndBob();
    await world.tamper(BOB, (wire) => delete wire.chain_state_signature);
    return [await read(world), 'the chain has no chain-state signature'];
  },

  CHAIN_STATE_SIGNATURE_INVALID: async () => {
    const world = await aliceAndBob();
    await world.tamper(BOB, (wire) => wire.capabilities.pop());
    return [await read(world), 'records or constraints were added, removed or changed'];
  },

  SIGNING_KEY_REVOKED: async () => {
    const world = await aliceAndBob();
    const since = new Date(world.clock.at - 1);
    await world.trust.revokeKey({ authorityId: 'org-acme', since, reason: 'stolen' });
    return [
      await read(world),
      'the chain was signed with a key of authority org-acme that is revoked since 2026-01-05T11:59:59.999Z: stolen',
    ];
  },

  GENESIS_SIGNATURE_INVALID: async () => {
    const world = await aliceAndBob();
    await world.tamper(BOB, (wire) => (wire.genesis.metadata.role = 'chief'));
    const { genesis } = JSON.parse((await world.stored(BOB)).text);
    return [await read(world), `genesis record ${genesis.id} is not as it was signed`];
  },

  CAPABILITY_SIGNATURE_INVALID: async () => {
    const world = await aliceAndBob();
    await world.tamper(BOB, (wire) => (wire.capabilities[0].capability = 'write'));
    const [capability] = JSON.parse((await world.stored(BOB)).text).capabilities;
    return [await read(world, { action: 'write' }), `capability ${capability.id} is not as it was signed`];
  },

  CAPABILITY_NOT_SUBJECT_BOUND: async () => {
    const world = await aliceAndBob();
    await world.overwrite(
      BOB,
      world.forgeChain(BOB, { capabilities: [{ id: 'cap-1', signingPayloadVersion: null }] }),
    );
    return [await read(world), 'capability cap-1 is not bound to its holder'];
  },

  CAPABILITY_NOT_HELD: async () => [
    await read(await aliceAndBob(), { action: 'write' }),
    `no capability of agent ${BOB} covers 'write'`,
  ],

  CONSTRAINT_VIOLATED: async () => {
    const world = await World.create();
    await world.establish(BOB, ['write_file'], ['read_only']);
    return [
      await read(world, { action: 'write_file' }),
      "read_only: 'write_file' contains 'write', which read_only does not permit",
    ];
  },

  CONSTRAINT_UNKNOWN: async () => {
    const world = await World.create({ unknownConstraints: 'deny' });
    await world.establish(BOB, ['read'], ['budget_100', 'region_eu', 'read_only']);
    return [await read(world), 'no evaluator enforces budget_100, region_eu'];
  },

  DELEGATION_NOT_FOUND: async () => [
    await read(await aliceAndBob(), { delegationId: 'del-x' }),
    'delegation del-x is not in the ledger',
  ],

  DELEGATION_NOT_IN_FORCE: async () => {
    const world = await aliceAndBob();
    const { id } = await delegated(world);
    await world.trust.endTask({ taskId: 'task-1', delegatorId: ALICE });
    return [await read(world, { delegationId: id, action: 'write' }), `delegation ${id} is closed`];
  },

  DELEGATION_EXPIRED: async () => {
    const world = await aliceAndBob();
    const { id } = await delegated(world, { expiresAt: minutes(5) });
    world.later(6);
    return [await read(world, { delegationId: id, action: 'write' }), `delegation ${id} has expired`];
  },

  DELEGATION_MISMATCH: async () => {
    const world = await aliceAndBob();
    await world.establish(MALLORY, ['read']);
    const { id } = await delegated(world);
    return [
      await read(world, { agentId: MALLORY, delegationId: id, action: 'write' }),
      `delegation ${id} is for ${BOB}`,
    ];
  },

  DELEGATION_SIGNATURE_INVALID: async () => {
    const world = await aliceAndBob();
    const good = world.forgeDelegation({ capabilitiesDelegated: ['read'] });
    const delegationId = await world.enter({ ...good, capabilitiesDelegated: ['write'] });
    return [
      await read(world, { delegationId, action: 'write' }),
      `delegation ${delegationId} is not as it was signed`,
    ];
  },

  DELEGATION_WIDENED: async () => {
    const world = await aliceAndBob();
    const forged = world.forgeDelegation({ capabilitiesDelegated: ['read', 'admin'] });
    const delegationId = await world.enter(forged);
    return [
      await read(world, { delegationId }),
      `delegation ${delegationId} gives 'admin', which ${ALICE} could not give`,
    ];
  },

  DELEGATION_SCOPE: async () => {
    const world = await aliceAndBob();
    const { id } = await delegated(world);
    return [await read(world, { delegationId: id }), `delegation ${id} does not give 'read'`];
  },

  DELEGATOR_NOT_TRUSTED: async () => {
    const world = await aliceAndBob();
    const { id } = await delegated(world);
    await world.store.commit([{ op: 'deactivate_chain', agentId: ALICE, at: '2026-01-05T12:00:00+00:00' }]);
    return [
      await read(world, { delegationId: id, action: 'write' }),
      `delegator ${ALICE} of ${id} has no chain in force`,
    ];
  },

  REASONING_INVALID: async () => {
    const world = await aliceAndBob();
    const { id } = await delegated(world, { lasting: true, reasoningTrace: trace });
    await world.tamper(BOB, (wire) => (wire.delegations[0].reasoning_trace.rationale = 'mallory said so'));
    return [await read(world), `the reasoning trace of ${id} is not the one whose hash was signed`];
  },

  REASONING_MISSING: async () => {
    const world = await aliceAndBob();
    const delegation = world.forgeDelegation({ id: 'del-1' });
    const constraint = {
      id: 'con-1',
      constraintType: 'reasoning_required',
      value: 'always',
      source: 'x',
    } as const;
    const envelope = { id: 'env-1', agentId: BOB, activeConstraints: [constraint] };
    await world.overwrite(
      BOB,
      world.forgeChain(BOB, { capabilities: [{}], delegations: [delegation], envelope }),
    );
    return [await read(world), 'delegation del-1 has no reasoning trace, which a constraint demands'];
  },

  HOOK_DENIED: async () => [
    await read(await aliceAndBob({ hooks: { beforeVerify: () => 'not on my watch' } })),
    'not on my watch',
  ],

  VERIFIER_FAILED: async () => {
    const world = await aliceAndBob();
    const store = new Proxy(world.store, {
      get: (_target, name) =>
        name === 'throwsCodedErrors'
          ? false
          : () => {
              throw new Error('disk on fire');
            },
    });
    const trust = new TrustOperations({ store, clock: world.clock });
    return [
      await trust.verify({ agentId: BOB, action: 'read' }),
      /^The trust store failed: got .*disk on fire.*\. See `cause`, and repair the store\.$/,
    ];
  },
};

describe('verify denies with', () => {
  it('a code of a closed list, each of which has a test here', () => {
    const source = readFileSync(new URL('../../src/errors/denial.ts', import.meta.url), 'utf8');
    const union = /type DenialCode =([^;]+);/.exec(source)?.[1] ?? '';
    const codes = [...union.matchAll(/'([A-Z_]+)'/g)].map((match) => match[1]);
    expect(codes.length).toBeGreaterThan(20);
    expect(Object.keys(CASES)).toEqual(codes);
  });

  it.each(Object.entries(CASES))('%s', async (code, run) => {
    const [result, reason] = await run();
    expect(result).toMatchObject({ valid: false, denial: { code } });
    if (typeof reason === 'string') expect(result.denial?.reason).toBe(reason);
    else expect(result.denial?.reason).toMatch(reason);
    expect(result.reason).toBe(result.denial?.reason);
    expect(result.capabilityUsed).toBeUndefined();
  });
});
