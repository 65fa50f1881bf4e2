import type { TrustOperations } from '@kaizen-eatp/core';
import {
  auditAnchorCodec,
  type JsonObject,
  parseJson,
  TrustLineageChain,
  writeJson,
} from '@kaizen-eatp/core/records';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { accepted } from '../src/accepted.ts';
import { type PythonScenario, pythonScenario } from '../src/python-scenario.ts';
import { PythonWorld } from '../src/python-world.ts';
import { ReferenceClient } from '../src/reference-client.ts';
import { actionsOf, refusals } from '../src/reference-world.ts';
import { REASONING } from '../src/typescript-scenario.ts';

const WORLD = 'theirs';
let reference: ReferenceClient;
let made: PythonScenario;
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
  ({ trust } = world);
});

const chainOf = (agentId: string): string => made.chains.get(agentId) as string;

describe('a constraint that a policy put into the envelope of a chain', () => {
  const policies = [
    { constraint_type: 'operational', value: 'four_eyes', source: 'policy' },
    // The source is not signed, so a store writer can change it.
    { constraint_type: 'financial', value: { max: 5, '10': 1 }, source: 'genesis' },
    { constraint_type: 'reasoning_required', value: 'read_only', source: 'capability:cap-x' },
  ].map((constraint, i) => ({ id: `con-${i}`, priority: 0, ...constraint }));

  const withPolicies = (agentId: string): Promise<string> => {
    const wire = parseJson(chainOf(agentId)) as JsonObject;
    const envelope = wire.constraint_envelope as JsonObject;
    const active_constraints = [...(envelope.active_constraints as JsonObject[]), ...policies];
    return reference.signStored(
      WORLD,
      writeJson({ ...wire, constraint_envelope: { ...envelope, active_constraints } as JsonObject }),
    );
  };
  const injected = (text: string): unknown[] => {
    const { constraintEnvelope } = TrustLineageChain.parse(text);
    const found = constraintEnvelope?.activeConstraints.filter(({ id }) => /^con-\d$/.test(id));
    return (found ?? []).map(({ value }) => value);
  };

  it('stays when capabilities are attested, and when delegations come and go', async () => {
    await trust.importChain(await withPolicies('py-bob'), { overwrite: true });
    const values = policies.map(({ value }) => value);
    await trust.reattest({ agentId: 'py-bob', capabilities: ['summarize'] });
    expect(injected(await trust.exportChain('py-bob'))).toEqual(values);
    await trust.establish({ agentId: 'helper', authorityId: 'org-py', capabilities: ['help'] });
    await reference.putChain(WORLD, await trust.exportChain('helper'));
    const { id } = await accepted(trust, {
      delegatorId: 'helper',
      delegateeId: 'py-bob',
      taskId: 't',
      capabilities: ['help'],
      lasting: true,
      reasoningTrace: REASONING,
    });
    const extended = await trust.exportChain('py-bob');
    expect(injected(extended)).toEqual(values);
    expect(await refusals(reference, WORLD, extended)).toEqual([]);
    await trust.revoke({ delegationId: id, reason: 'over' });
    const stripped = TrustLineageChain.parse(await trust.exportChain('py-bob'));
    expect(stripped.delegations).toEqual([]);
    expect(injected(stripped.toText())).toEqual(values);
    // The constraints of the records are derived again, each of them once.
    expect(
      stripped.constraintEnvelope?.activeConstraints.filter(({ id }) => !/^con-\d$/.test(id)),
    ).toHaveLength(3 + stripped.capabilities.flatMap(({ constraints }) => constraints).length);
  });
});

describe('a chain that TypeScript writes again', () => {
  it('keeps fields that only a later version knows, and every number literal, in every record that it does not replace', async () => {
    const extra = '{"one":1.0,"small":1e-05,"exact":9223372036854775819,"big":1e+22,"zero":-0.0,"text":"é"}';
    const unknown = { rewritten: 'here' };
    const parsed = parseJson(chainOf('derived-1')) as JsonObject &
      Record<'capabilities' | 'delegations', readonly JsonObject[]>;
    const extended = writeJson({
      ...parsed,
      x_chain: unknown,
      genesis: { ...(parsed.genesis as JsonObject), x_genesis: unknown },
      capabilities: parsed.capabilities.map((capability) => ({ ...capability, x_capability: unknown })),
      delegations: parsed.delegations.map((delegation) => ({ ...delegation, x_delegation: unknown })),
    }).replaceAll(writeJson(unknown), extra);
    await trust.importChain(extended, { overwrite: true });
    await trust.reattest({ agentId: 'derived-1', capabilities: ['summarize'] });
    const rewritten = await trust.exportChain('derived-1');
    expect(await refusals(reference, WORLD, rewritten)).toEqual([]);
    const { capabilities, delegations } = parsed;
    const kept = (text: string): number => rewritten.split(text).length - 1;
    for (const { of, count } of [
      { of: 'x_chain', count: 1 },
      { of: 'x_genesis', count: 1 },
      { of: 'x_capability', count: capabilities.length },
      { of: 'x_delegation', count: delegations.length },
    ]) {
      expect(kept(`"${of}":`)).toBe(count);
      expect(kept(`"${of}":${extra}`), of).toBe(count);
    }
  });

  it('keeps the numbers of signed metadata and scopes as the reference wrote them', async () => {
    await trust.reattest({ agentId: 'py-bob', capabilities: ['summarize'] });
    const rewritten = await trust.exportChain('py-bob');
    for (const number of [
      '1.0',
      '1.5',
      '1e-05',
      '1.5e-10',
      '1e+22',
      '-0.0',
      '9223372036854775819',
      '5e-324',
    ]) {
      const ofOne = (text: string): number =>
        text.split(/[\s:,[\]{}]+/).filter((token) => token === number).length;
      expect(ofOne(rewritten), number).toBe(ofOne(chainOf('py-bob')));
    }
    expect(await refusals(reference, WORLD, rewritten)).toEqual([]);
  });
});

describe('both go on from what the other made', () => {
  beforeEach(() =>
    reference.load('both', { authorities: made.authorities, chains: [...made.chains.values()] }),
  );

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
    const record = await accepted(trust, {
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
    expect(await world.permitted(chain, 'full')).toEqual(actionsOf(chain));
  });

  it('the reference delegates on from a chain that TypeScript derived, and TypeScript verifies that', async () => {
    const lasting = { lasting: true, taskId: 'for good' } as const;
    await accepted(trust, {
      ...lasting,
      delegatorId: 'py-bob',
      delegateeId: 'ts-1',
      capabilities: ['read_users'],
    });
    await handBack('ts-1');
    const { delegatee_chain: chain } = await reference.delegate('both', {
      delegator_id: 'ts-1',
      delegatee_id: 'py-2',
      task_id: 'task-2',
      capabilities: ['read_users'],
    });
    await trust.importChain(chain);
    expect(await world.permitted(chain, 'full')).toEqual(['read_users']);
    await accepted(trust, {
      ...lasting,
      delegatorId: 'py-2',
      delegateeId: 'ts-3',
      capabilities: ['read_users'],
    });
    expect(await refusals(reference, 'both', await handBack('ts-3'))).toEqual([]);
  });

  it('the reference extends a chain that TypeScript extended, and refuses what TypeScript would', async () => {
    await accepted(trust, {
      delegatorId: 'py-bare',
      delegateeId: 'py-bob',
      taskId: 't',
      capabilities: ['summarize'],
      lasting: true,
    });
    await handBack('py-bob');
    const { delegatee_chain: chain } = await reference.delegate('both', {
      delegator_id: 'py-données',
      delegatee_id: 'py-bob',
      task_id: 'task-3',
      capabilities: ['x_admin'],
      additional_constraints: ['no_delegation'],
    });
    await trust.importChain(chain, { overwrite: true });
    expect(await world.permitted(chain, 'full')).toEqual(actionsOf(chain));
    const onwards = { task_id: 'task-4', capabilities: ['summarize'] };
    await expect(
      reference.delegate('both', { ...onwards, delegator_id: 'py-bob', delegatee_id: 'py-bare' }),
    ).rejects.toMatchObject({ type: 'DelegationError' });
    await expect(
      trust.delegate({
        taskId: 'task-4',
        capabilities: ['summarize'],
        delegatorId: 'py-bob',
        delegateeId: 'py-bare',
      }),
    ).rejects.toMatchObject({ code: 'DELEGATION_REFUSED' });
  });

  it('the reference accepts an anchor that TypeScript signs for a chain of its making', async () => {
    const anchor = await trust.audit({
      agentId: 'derived-v2',
      action: 'summarize',
      result: 'success',
      context: { é: 1e-5 },
    });
    expect(await reference.verifyAnchor('both', auditAnchorCodec.encodeText(anchor), 'alice-py')).toBe(true);
    expect(anchor.trustChainHash).toBe((await reference.hashChain(chainOf('derived-v2'))).trust_chain_hash);
  });
});
