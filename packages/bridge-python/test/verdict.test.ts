import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import {
  type ExecuteOptions,
  InMemoryKeyManager,
  type InvocationContext,
  type InvocationProof,
  MemoryTrustStore,
  OrchestrationRuntime,
  TrustAwareOrchestrationRuntime,
  TrustedAgent,
  TrustOperations,
} from '@kaizen-eatp/core';
import { definePattern, type PatternExecution } from '@kaizen-eatp/core/plugin';
import {
  canonicalJson,
  importPrivateKey,
  type JsonObject,
  parseJson,
  signText,
} from '@kaizen-eatp/core/records';
import { beforeAll, describe, expect, it } from 'vitest';
import { encodeValue } from '../src/values/value-codec.js';
import { PYTHON } from './support/remote-world.js';

interface Case {
  readonly agent_id: string;
  readonly proof: object | null;
  readonly payload: string;
  readonly times?: number;
}

const SCRIPT = fileURLToPath(new URL('./python/judge_proofs.py', import.meta.url));
const PAYLOAD = encodeValue({ question: 'what was delegated?' });
const payload = PAYLOAD.toString('hex');
const sha256 = (data: string | Buffer): Buffer => createHash('sha256').update(data).digest();
const AUDIENCE = `${'5e'.repeat(16)}/7`;
const target = { payloadSha256: sha256(PAYLOAD).toString('hex'), audience: AUDIENCE };
const SEED = Buffer.alloc(32, 9).toString('base64');

/** A deployment whose authority's key the test knows, so that it can sign what a broken deployment might. */
async function deployment() {
  const keyManager = new InMemoryKeyManager();
  await keyManager.importKey('key-org-acme', SEED);
  const trust = new TrustOperations({ keyManager, store: new MemoryTrustStore() });
  const acme = await trust.createEnterpriseAuthority({ name: 'ACME', signingKeyId: 'key-org-acme' });
  const proofs: InvocationProof[] = [];
  const agent = async (
    name: string,
    capabilities: readonly string[],
    more?: (input: unknown, context: InvocationContext) => Promise<void>,
  ): Promise<TrustedAgent> => {
    const work = async (input: unknown, context: InvocationContext): Promise<string> => {
      proofs.push((await context.prove?.(target)) as InvocationProof);
      // Not again in the run that it starts.
      if (input !== 'inner') await more?.(input, context);
      return 'done';
    };
    const made = new TrustedAgent({ name, agent: work, trust });
    await made.establishTrust({ authorityId: acme.id, capabilities });
    return made;
  };
  const run = async (
    agents: readonly TrustedAgent[],
    execute: (execution: PatternExecution) => Promise<unknown>,
    more: Pick<ExecuteOptions, 'humanOrigin'> = {},
  ): Promise<InvocationProof> => {
    const runtime = new TrustAwareOrchestrationRuntime({
      agents: Object.fromEntries(agents.map((each) => [each.name, each])),
      trust,
      patterns: [definePattern({ name: 'probe', execute })],
    });
    await runtime.execute('input', { ...more, taskId: 'task-1', pattern: 'probe' as never });
    return proofs.at(-1) as InvocationProof;
  };
  /** A run in an invocation: the first agent delegates to the second. */
  const inner = async (agents: readonly TrustedAgent[], context: InvocationContext): Promise<void> => {
    const runtime = new TrustAwareOrchestrationRuntime({
      agents: Object.fromEntries(agents.map((each) => [each.name, each])),
      trust,
      patterns: [
        definePattern({
          name: 'inner',
          async execute({ agents: [first, second], invoke, delegate }) {
            await invoke(first!, 'inner', { action: 'read_data' });
            await delegate(first!, second!, { capabilities: ['read_data'] });
            return invoke(second!, 'inner');
          },
        }),
      ],
    });
    await runtime.execute('input', { pattern: 'inner' as never, within: context });
  };
  return { trust, acme, agent, run, inner, proofs };
}

type Deployment = Awaited<ReturnType<typeof deployment>>;

function judge({ acme }: Pick<Deployment, 'acme'>, cases: readonly Case[]): (string | null)[] {
  const input = JSON.stringify({
    authorities: { [acme.id]: acme.publicKey },
    audience: AUDIENCE,
    cases,
  });
  const { stdout, stderr, status } = spawnSync(PYTHON, [SCRIPT], {
    input,
    encoding: 'utf8',
    maxBuffer: 2 ** 27,
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as (string | null)[];
}

/** Signs an invocation that says something else, or with other evidence, with the authority's own key. */
function resigned(
  proof: InvocationProof,
  change: JsonObject,
  { chains = proof.chains, bindings = proof.bindings }: Partial<InvocationProof> = {},
): InvocationProof {
  const { signature: _, ...content } = parseJson(proof.invocation) as Record<string, never>;
  const all = (texts: readonly string[]): Buffer => sha256(Buffer.concat(texts.map(sha256)));
  const evidence = sha256(Buffer.concat([all(chains), all(proof.authorities), all(bindings)]));
  const said = { ...content, evidence_sha256: evidence.toString('hex'), ...change } as JsonObject;
  const signature = signText(canonicalJson(said), importPrivateKey(SEED));
  return { ...proof, chains, bindings, invocation: canonicalJson({ ...said, signature }) };
}

let world: Deployment;
let delegated: InvocationProof;
let leading: InvocationProof;

beforeAll(async () => {
  world = await deployment();
  const alice = await world.agent('alice', ['read_data', 'write_data']);
  const bob = await world.agent('bob', []);
  delegated = await world.run([alice, bob], async ({ agents, invoke, delegate }) => {
    await delegate(agents[0]!, agents[1]!, { capabilities: ['read_data'], constraints: ['read_only'] });
    return invoke(agents[1]!, 1);
  });
  leading = await world.run([alice], ({ agents, invoke }) => invoke(agents[0]!, 1, { action: 'read_data' }));
});

const forBob = (proof: object | null): Case => ({ agent_id: 'agent-bob', proof, payload });

describe('a worker with the reference accepts', () => {
  it('whatever the guard lets through: by own right, delegated, sub-delegated, wildcards, one’s own job', async () => {
    const { agent, run } = world;
    const boss = await agent('boss', ['read_*', 'audit']);
    const middle = await agent('middle', []);
    const doer = await agent('doer', ['audit']);
    const cases: Case[] = [
      { agent_id: 'agent-alice', proof: leading, payload },
      forBob(delegated),
      {
        agent_id: 'agent-doer',
        payload,
        proof: await run([boss, middle, doer], async ({ agents, invoke, delegate }) => {
          const [b, m, d] = agents;
          await delegate(b!, m!, { capabilities: ['read_*'], constraints: ['audit_required'] });
          await delegate(m!, d!, { capabilities: ['read_reports'], constraints: ['read_only'] });
          return invoke(d!, 1);
        }),
      },
      {
        agent_id: 'agent-doer',
        payload,
        proof: await run([boss, middle, doer], async ({ agents, invoke, delegate }) => {
          await delegate(agents[0]!, agents[2]!, { capabilities: ['execute'] });
          return invoke(agents[2]!, 1, { action: 'audit' });
        }),
      },
      {
        agent_id: 'agent-doer',
        payload,
        proof: await run([boss, middle, doer], async ({ agents, invoke, delegate }) => {
          await delegate(agents[0]!, agents[1]!, { capabilities: ['execute'] });
          await delegate(agents[1]!, agents[2]!, { capabilities: ['execute'] });
          return invoke(agents[2]!, 1);
        }),
      },
    ];
    expect(judge(world, cases)).toEqual(cases.map(() => null));
  }, 60_000);

  it('what an agent delegated in its own invocation, for a person, and in a run that it started there', async () => {
    const { agent, run, inner } = world;
    const boss = await agent('boss-2', ['read_data']);
    const doer = await agent('doer-2', []);
    const humanOrigin = {
      humanId: 'ada@acme.example',
      displayName: 'Ada',
      authProvider: 'test',
      sessionId: 's',
      authenticatedAt: '2026-11-22T08:06:29+00:00',
    };
    const middle = await agent('middle-2', [], async (input, context) => {
      await context.delegate(doer, { capabilities: ['read_data'] });
      await context.invoke(doer, input);
      await inner([middle, doer], context);
    });
    const before = world.proofs.length;
    await run(
      [boss, middle, doer],
      async ({ agents, invoke, delegate }) => {
        await delegate(agents[0]!, agents[1]!, { capabilities: ['read_data', 'execute'] });
        return invoke(agents[1]!, 1);
      },
      { humanOrigin },
    );
    const proofs = world.proofs.slice(before);
    const ids = proofs.map(({ invocation }) => JSON.parse(invocation).agent_id as string);
    expect(ids).toEqual(['agent-middle-2', 'agent-doer-2', 'agent-middle-2', 'agent-doer-2']);
    const cases = proofs.map((proof, i): Case => ({ agent_id: ids[i] as string, proof, payload }));
    expect(judge(world, cases)).toEqual(cases.map(() => null));
    for (const { invocation } of proofs) expect(invocation).not.toContain('Ada');
  }, 60_000);

  it('what was delegated for good', async () => {
    const { agent, run } = world;
    const giver = await agent('giver', ['translate']);
    const taker = await agent('taker', []);
    const terms = { capabilities: ['translate'], taskId: 'for-good', lasting: true };
    await taker.receiveDelegation(await giver.delegateTo(taker, terms));
    const proof = await run([taker], ({ agents, invoke }) => invoke(agents[0]!, 1, { action: 'translate' }));
    expect(judge(world, [{ agent_id: 'agent-taker', proof, payload }])).toEqual([null]);
  });
});

describe('a worker with the reference refuses', () => {
  it('an invocation without a proof, for another agent, another input, or a second time', () => {
    const verdicts = judge(world, [
      forBob(null),
      { agent_id: 'agent-alice', proof: delegated, payload },
      { ...forBob(delegated), payload: encodeValue('something else').toString('hex') },
      { ...forBob(delegated), times: 2 },
    ]);
    expect(verdicts).toEqual([
      expect.stringContaining('without a proof'),
      expect.stringContaining('agent'),
      expect.stringContaining('input'),
      expect.stringContaining('seen before'),
    ]);
  });

  it('a delegation that is missing, for another task, or wider than allowed, even if all of it is well signed', async () => {
    const { trust, agent, run } = world;
    const plain = JSON.parse(await trust.exportChain('agent-bob')) as object;
    const { delegation_id } = JSON.parse(delegated.invocation) as { delegation_id: string };
    const chains = [delegated.chains[0] as string, JSON.stringify(plain)];
    const carol = await agent('carol', ['read_data']);
    const other = await run(
      [await agent('dave', ['read_data']), carol],
      async ({ agents, invoke, delegate }) => {
        await delegate(agents[0]!, agents[1]!, { capabilities: ['read_data'] });
        return invoke(agents[1]!, 1);
      },
    );
    const verdicts = judge(world, [
      forBob(resigned(delegated, {}, { chains })),
      forBob(resigned(delegated, { delegation_id: `${delegation_id}x` })),
      forBob(resigned(delegated, { task_id: 'task-2' })),
      forBob(resigned(delegated, { action: 'write_data' })),
      forBob(resigned(delegated, { action: 'delete_everything' })),
      forBob(resigned(delegated, {}, { chains: other.chains })),
      forBob(resigned(delegated, {}, { chains: delegated.chains.slice(1) })),
    ]);
    for (const [i, verdict] of verdicts.entries()) expect([i, verdict]).toEqual([i, expect.any(String)]);
  });

  it('a proof for another session or call, and a delegation of another run, invocation or person', () => {
    const { delegated_for } = JSON.parse(delegated.invocation) as { delegated_for: JsonObject };
    const [binding] = delegated.bindings as [string];
    const verdicts = judge(world, [
      forBob(resigned(delegated, { audience: `${'5e'.repeat(16)}/8` })),
      forBob(resigned(delegated, { audience: `${'5f'.repeat(16)}/7` })),
      forBob(resigned(delegated, { audience: null })),
      forBob(resigned(delegated, { delegated_for: { ...delegated_for, run_id: 'run-2' } })),
      forBob(resigned(delegated, { delegated_for: { ...delegated_for, invocation_id: 'run-1/1' } })),
      forBob(resigned(delegated, { delegated_for: { ...delegated_for, person: 'person-1' } })),
      forBob(resigned(delegated, { delegated_for: null })),
      forBob(resigned(delegated, { person: { pseudonym: 'person-1', digest: '00' } })),
      forBob(resigned(delegated, {}, { bindings: [] })),
      forBob(resigned(delegated, {}, { bindings: [binding.replace('"person":null', '"person":"p"')] })),
    ]);
    for (const [i, verdict] of verdicts.entries()) expect([i, verdict]).toEqual([i, expect.any(String)]);
    expect(judge(world, [forBob(resigned(delegated, {}))])).toEqual([null]);
  });

  it('what has expired, or is not good yet', () => {
    const at = (minutes: number): string =>
      `${new Date(Date.now() + minutes * 60_000).toISOString().slice(0, -1)}000+00:00`;
    const verdicts = judge(world, [
      forBob(resigned(delegated, { issued_at: at(-10), expires_at: at(-5) })),
      forBob(resigned(delegated, { issued_at: at(5), expires_at: at(10) })),
      forBob(resigned(delegated, { issued_at: at(-1), expires_at: at(600) })),
    ]);
    for (const [i, verdict] of verdicts.entries()) expect([i, verdict]).toEqual([i, expect.any(String)]);
  });

  it('a delegation that has expired since', async () => {
    const { agent, run } = world;
    const proof = await run(
      [await agent('erin', ['read_data']), await agent('frank', [])],
      async ({ agents, invoke, delegate }) => {
        await delegate(agents[0]!, agents[1]!, { capabilities: ['read_data'], expiresIn: 400 });
        return invoke(agents[1]!, 1);
      },
    );
    const now: Case = { agent_id: 'agent-frank', proof, payload };
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(judge(world, [now])).toEqual([expect.stringMatching(/expire/i)]);
  });

  it('an authority that it was not told of', async () => {
    const stranger = await deployment();
    const { acme } = await deployment();
    const mallory = await stranger.agent('mallory', ['read_data']);
    const proof = await stranger.run([mallory], ({ agents, invoke }) => invoke(agents[0]!, 1));
    const asked = { agent_id: 'agent-mallory', proof, payload };
    expect(judge({ acme: { ...acme, publicKey: world.acme.publicKey } }, [asked])).toEqual([null]);
    expect(judge({ acme: { ...acme, id: 'org-other' } }, [asked])).toEqual([
      expect.stringContaining('org-acme'),
    ]);
  });

  it('a proof in which any one character was changed, wherever it stands', () => {
    const cases: Case[] = [];
    const parts: [Exclude<keyof InvocationProof, 'person'>, number | undefined][] = [
      ['invocation', undefined],
      ['chains', 0],
      ['chains', 1],
      ['authorities', 0],
      ['bindings', 0],
    ];
    for (const [part, index] of parts) {
      const text = (index === undefined ? delegated[part] : delegated[part][index]) as string;
      // Every character of the invocation and of the delegation; of the long rest every seventh.
      const step = part === 'invocation' ? 1 : 7;
      for (let at = 0; at < text.length; at += step) {
        const changed = `${text.slice(0, at)}${text[at] === 'x' ? 'y' : 'x'}${text.slice(at + 1)}`;
        const proof =
          index === undefined
            ? { ...delegated, [part]: changed }
            : {
                ...delegated,
                [part]: (delegated[part] as string[]).map((t, i) => (i === index ? changed : t)),
              };
        cases.push(forBob(proof));
      }
    }
    expect(cases.length).toBeGreaterThan(1_000);
    const accepted = judge(world, cases).flatMap((verdict, i) => (verdict === null ? [i] : []));
    expect(accepted).toEqual([]);
  }, 120_000);

  it('a delegation in which any one character was changed, even if the authority signs all the rest', () => {
    const text = delegated.chains[1] as string;
    // The delegation's signature covers these fields; the invocation's covers the rest, as the test above shows.
    const [record] = (JSON.parse(text) as { delegations: Record<string, unknown>[] }).delegations;
    const signed = ['id', 'delegator_id', 'delegatee_id', 'task_id', 'delegated_at', 'signature'] as const;
    const cases: Case[] = [];
    for (const field of signed) {
      const value = record?.[field] as string;
      for (let at = 0; at < value.length; at++) {
        const changed = `${value.slice(0, at)}${value[at] === 'x' ? 'y' : 'x'}${value.slice(at + 1)}`;
        const forged = text.replace(
          `"${field}":${JSON.stringify(value)}`,
          `"${field}":${JSON.stringify(changed)}`,
        );
        cases.push(forBob(resigned(delegated, {}, { chains: [delegated.chains[0] as string, forged] })));
      }
    }
    for (const [from, to] of [
      ['"capabilities_delegated":["read_data"]', '"capabilities_delegated":["write_data"]'],
      ['"capabilities_delegated":["read_data"]', '"capabilities_delegated":["read_data","write_data"]'],
      ['"constraint_subset":["read_only"]', '"constraint_subset":[]'],
    ] as const) {
      expect(text).toContain(from);
      const forged = text.replace(from, to);
      cases.push(forBob(resigned(delegated, {}, { chains: [delegated.chains[0] as string, forged] })));
    }
    expect(cases.length).toBeGreaterThan(150);
    const accepted = judge(world, cases).flatMap((verdict, i) => (verdict === null ? [i] : []));
    expect(accepted).toEqual([]);
  }, 120_000);
});

it('has no way to prove anything in a run without trust', async () => {
  let prove: unknown = 'not asked';
  const alice = (_input: unknown, context: InvocationContext): void => {
    prove = context.prove;
  };
  const runtime = new OrchestrationRuntime({
    agents: { alice },
    patterns: [definePattern({ name: 'probe', execute: ({ agents, invoke }) => invoke(agents[0]!, 1) })],
  });
  await runtime.execute('input', { pattern: 'probe' as never });
  expect(prove).toBeUndefined();
});
