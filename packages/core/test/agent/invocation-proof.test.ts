import { createHash } from 'node:crypto';
import type { InvocationContext, InvocationProof, TrustedAgent } from '@kaizen-eatp/core';
import { AgentDisconnectedError, type VerificationDeniedError } from '@kaizen-eatp/core/errors';
import {
  canonicalJson,
  type JsonObject,
  parseJson,
  TrustLineageChain,
  verifySignature,
} from '@kaizen-eatp/core/records';
import { expect, it } from 'vitest';
import { ALICE, rejection, said, World } from '../runtime/world.js';

const digest = 'ab'.repeat(32);
const target = { payloadSha256: digest, audience: 'session-1/7' };
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** An agent that proves what it is asked to do, and keeps the proof. */
function prover() {
  const proofs: InvocationProof[] = [];
  const work = async (_input: unknown, context: InvocationContext): Promise<string> => {
    proofs.push((await context.prove?.(target)) as InvocationProof);
    return 'done';
  };
  return { proofs, work };
}

const readInvocation = (proof: InvocationProof): Record<string, unknown> =>
  JSON.parse(proof.invocation) as Record<string, unknown>;

it('signs what an agent is asked to do, with the authority of its chain', async () => {
  const world = await World.make();
  const { proofs, work } = prover();
  const bob = await world.agent('bob', work, { capabilities: ['work'] });
  const result = await world.execute(
    [bob],
    ({ agents, invoke }) => invoke(agents[0]!, 1, { action: 'work' }),
    {
      humanOrigin: ALICE,
      taskId: 'task-1',
    },
  );
  const [proof] = proofs as [InvocationProof];
  const { signature, ...content } = parseJson(proof.invocation) as JsonObject;
  expect(content).toEqual({
    version: '2',
    invocation_id: `${result.runId}/1`,
    task_id: 'task-1',
    run_id: result.runId,
    agent_id: 'agent-bob',
    action: 'work',
    delegation_id: null,
    delegated_for: null,
    person: { pseudonym: expect.stringMatching(/^person-/), digest: sha256(proof.person as string) },
    authority_id: world.authority.id,
    payload_sha256: digest,
    audience: 'session-1/7',
    evidence_sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    issued_at: '2026-03-02T10:00:00+00:00',
    expires_at: '2026-03-02T10:05:00+00:00',
  });
  expect(proof.invocation).toBe(canonicalJson({ ...content, signature: signature as string }));
  expect(verifySignature(canonicalJson(content), signature as string, world.authority.publicKey)).toBe(true);
  expect(proof.chains).toEqual([(await world.store.readChains(['agent-bob']))[0]?.text]);
  expect(proof.authorities.map((text) => JSON.parse(text).id)).toEqual([world.authority.id]);
  expect(proof.bindings).toEqual([]);
});

it('signs no personal data, and carries it so that the signed digest proves it', async () => {
  const world = await World.make();
  const { proofs, work } = prover();
  const bob = await world.agent('bob', work);
  await world.execute([bob], ({ agents, invoke }) => invoke(agents[0]!, 1), { humanOrigin: ALICE });
  const [proof] = proofs as [InvocationProof];
  for (const told of Object.values(ALICE)) expect(proof.invocation).not.toContain(told);
  const { origin, salt } = JSON.parse(proof.person as string) as Record<string, object>;
  expect(origin).toMatchObject({ human_id: ALICE.humanId, display_name: ALICE.displayName });
  expect(salt).toMatch(/^[0-9a-f]{32}$/);
});

it('shows what each delegation was made for, so that its id can be computed again', async () => {
  const world = await World.make();
  const { proofs, work } = prover();
  const alice = await world.agent('alice', () => 0, { capabilities: ['read'] });
  const carol = await world.agent('carol', work);
  const bob = await world.agent('bob', async (input, context) => {
    await context.delegate(carol, { capabilities: ['read'] });
    return context.invoke(carol, input);
  });
  const { runId, delegations } = await world.execute(
    [alice, bob, carol],
    async ({ agents, invoke, delegate }) => {
      await delegate(agents[0]!, agents[1]!, { capabilities: ['read'] });
      return invoke(agents[1]!, 1);
    },
    { humanOrigin: ALICE },
  );
  const [proof] = proofs as [InvocationProof];
  const { person } = readInvocation(proof) as { person: { pseudonym: string } };
  const common = {
    run_id: runId,
    person: person.pseudonym,
    nonce: expect.stringMatching(/^[0-9a-f-]{32,36}$/),
  };
  expect(proof.bindings.map((text) => JSON.parse(text))).toEqual([
    { ...common, invocation_id: `${runId}/1` },
    { ...common, invocation_id: null },
  ]);
  const ids = proof.bindings.map((text) => `del-${sha256(text)}`);
  expect(ids).toEqual([delegations[1]?.id, delegations[0]?.id]);
  expect(readInvocation(proof)).toMatchObject({
    delegation_id: ids[0],
    delegated_for: { run_id: runId, invocation_id: `${runId}/1`, person: person.pseudonym },
  });
});

it.each([[{ audience: '' }], [{ payloadSha256: 'AB'.repeat(32) }], [{ recipient: 'x' }]])(
  'refuses the unknown or malformed target %j',
  async (bad) => {
    const world = await World.make();
    const bob = await world.agent('bob', (_input, context) => context.prove?.(bad as never));
    expect(await rejection(bob.run(1))).toMatchObject({ cause: { code: 'INVALID_ARGUMENT' } });
  },
);

it('folds what each delegator acts under into its chain, from the first to the agent', async () => {
  const world = await World.make();
  const { proofs, work } = prover();
  const alice = await world.agent('alice', () => 0, { capabilities: ['read', 'write'] });
  const bob = await world.agent('bob');
  const carol = await world.agent('carol', work);
  const { delegations } = await world.execute([alice, bob, carol], async ({ agents, invoke, delegate }) => {
    const [a, b, c] = agents;
    await delegate(a!, b!, { capabilities: ['read'], constraints: ['read_only'] });
    await delegate(b!, c!, { capabilities: ['read'] });
    return invoke(c!, 1);
  });
  const [proof] = proofs as [InvocationProof];
  const chains = proof.chains.map((text) => TrustLineageChain.parse(text));
  expect(chains.map(({ agentId }) => agentId)).toEqual(['agent-alice', 'agent-bob', 'agent-carol']);
  expect(chains.map((chain) => chain.delegations.map(({ id }) => id))).toEqual([
    [],
    [delegations[0]?.id],
    [delegations[1]?.id],
  ]);
  expect(chains[2]?.capabilities.find(({ capability }) => capability === 'read')?.constraints).toEqual([
    'read_only',
  ]);
  expect(readInvocation(proof)).toMatchObject({ delegation_id: delegations[1]?.id, action: 'read' });
});

it('folds a delegation once, however often it is acted under', async () => {
  const world = await World.make();
  const { proofs, work } = prover();
  const alice = await world.agent('alice', () => 0, { capabilities: ['read'] });
  const bob = await world.agent('bob', work);
  await world.execute([alice, bob], async ({ agents, invoke, delegate }) => {
    await delegate(agents[0]!, agents[1]!, { capabilities: ['read'] });
    await invoke(agents[1]!, 1);
    return invoke(agents[1]!, 2);
  });
  expect(proofs[1]?.chains).toEqual(proofs[0]?.chains);
  expect(proofs[1]?.invocation).not.toBe(proofs[0]?.invocation);
});

it('carries the chains of agents that made lasting delegations, since a verifier at full looks them up', async () => {
  const world = await World.make();
  const { proofs, work } = prover();
  const alice = await world.agent('alice', () => 0, { capabilities: ['read'] });
  const bob = await world.agent('bob', work);
  const terms = { capabilities: ['read'], taskId: 'for-good', lasting: true };
  await bob.receiveDelegation(await alice.delegateTo(bob, terms));
  await bob.run(1, { action: 'read' });
  const ids = proofs[0]?.chains.map((text) => TrustLineageChain.parse(text).agentId);
  expect(ids).toEqual(['agent-alice', 'agent-bob']);
});

it('proves a call outside a run too, with no run', async () => {
  const world = await World.make();
  const { proofs, work } = prover();
  const bob = await world.agent('bob', work);
  await bob.run(1, { taskId: 'task-9' });
  expect(readInvocation(proofs[0]!)).toMatchObject({ run_id: null, task_id: 'task-9', action: 'execute' });
});

it('proves nothing once authority is withdrawn, nor after the invocation', async () => {
  const world = await World.make();
  let kept: InvocationContext | undefined;
  let denied: unknown;
  const alice = await world.agent('alice', () => 0, { capabilities: ['read'] });
  const bob: TrustedAgent = await world.agent('bob', async (_input: unknown, context: InvocationContext) => {
    kept = context;
    // The revocation aborts the invocation as well; what it is asked for in between is what counts here.
    await world.trust.revoke({ agentId: 'agent-alice', reason: 'left' });
    denied = await context.prove?.().catch((error: unknown) => error);
    return 0;
  });
  await rejection(
    world.execute([alice, bob], async ({ agents, invoke, delegate }) => {
      await delegate(agents[0]!, agents[1]!, { capabilities: ['read'] });
      return invoke(agents[1]!, 1);
    }),
  );
  await expect.poll(() => denied).toBeInstanceOf(Error);
  expect((denied as VerificationDeniedError).code).toMatch(/VERIFICATION_DENIED|REVOKED/);
  await expect(kept?.prove?.()).rejects.toMatchObject({
    code: expect.stringMatching(/REVOKED|PATTERN_CONTRACT/),
  });
});

it('tells an agent what was verified, in which run, and until when it is waited for', async () => {
  const world = await World.make();
  const seen: InvocationContext[] = [];
  const bob = await world.agent('bob', (_input: unknown, context: InvocationContext) => {
    const { action, runId, deadline } = context;
    seen.push({ action, runId, deadline } as InvocationContext);
  });
  const before = Date.now();
  const { runId } = await world.execute(
    [bob],
    async ({ agents, invoke }) => {
      await invoke(agents[0]!, 1);
      await invoke(agents[0]!, 1, { timeout: 500 });
    },
    { timeout: 60_000 },
  );
  expect(seen).toEqual([
    { action: 'execute', runId, deadline: expect.any(Number) },
    { action: 'execute', runId, deadline: expect.any(Number) },
  ]);
  expect(seen[0]?.deadline).toBeGreaterThanOrEqual(before + 60_000);
  expect(seen[1]?.deadline).toBeLessThan(before + 60_000);
});

it('records the outcome unknown when contact with an agent elsewhere is lost', async () => {
  const world = await World.make();
  const bob = await world.agent('bob', () => {
    throw new AgentDisconnectedError('bob', 'the cable was pulled');
  });
  const error = await rejection(world.execute([bob], ({ agents, invoke }) => invoke(agents[0]!, 1)));
  expect(error).toMatchObject({ code: 'AGENT_DISCONNECTED' });
  const trail = await world.remains(error);
  expect(said(trail)).toEqual(['bob execute partial unknown', 'bob orchestration_failed failure failure']);
});
