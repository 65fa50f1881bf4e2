import { TrustAwareWorkflowBuilder, TrustedAgent, TrustOperations } from '@kaizen-eatp/core';
import {
  InvalidArgumentError,
  type WorkflowProblem,
  WorkflowValidationError,
} from '@kaizen-eatp/core/errors';
import { describe, expect, it } from 'vitest';
import { Team } from './team.js';

async function problemsOf(builder: TrustAwareWorkflowBuilder): Promise<readonly WorkflowProblem[]> {
  const error: unknown = await builder.build().then(
    () => undefined,
    (thrown) => thrown,
  );
  expect(error).toBeInstanceOf(WorkflowValidationError);
  const { code, problems, message } = error as WorkflowValidationError;
  expect(code).toBe('WORKFLOW_INVALID');
  for (const problem of problems) expect(message).toContain(problem.message);
  return problems;
}

const kindsOf = async (builder: TrustAwareWorkflowBuilder): Promise<string[]> =>
  (await problemsOf(builder)).map(({ kind }) => kind);

describe('build', () => {
  it('refuses an empty workflow', async () => {
    expect(await kindsOf((await Team.make()).builder())).toEqual(['EMPTY']);
  });

  it('refuses an agent that lacks what is required of it', async () => {
    const team = await Team.make();
    const alice = await team.agent('alice', { can: ['read_*', 'plan'] });
    expect(await problemsOf(team.builder().addAgent(alice, ['read_data', 'write', 'fly']))).toEqual([
      {
        kind: 'MISSING_CAPABILITY',
        message: "Agent 'alice' is missing the required capability 'write' (it holds read_*, plan)",
        agents: ['alice'],
        capability: 'write',
      },
      expect.objectContaining({ kind: 'MISSING_CAPABILITY', capability: 'fly' }),
    ]);
  });

  it('refuses a delegation of what is neither held nor delegated', async () => {
    const team = await Team.make();
    const [alice, bob] = [
      await team.agent('alice', { can: ['plan'] }),
      await team.agent('bob', { can: ['write'] }),
    ];
    expect(
      await problemsOf(team.builder().addAgent(alice).addAgent(bob).connect(alice, bob, ['plan', 'write'])),
    ).toEqual([
      {
        kind: 'CAPABILITY_NOT_HELD',
        message: expect.stringContaining("Cannot delegate 'write' from 'alice' to 'bob'"),
        agents: ['alice', 'bob'],
        capability: 'write',
      },
    ]);
  });

  it('takes a delegation of what was delegated to the delegator', async () => {
    const team = await Team.make();
    const alice = await team.agent('alice', { can: ['write_*'] });
    const [bob, carol] = [await team.agent('bob'), await team.agent('carol')];
    const builder = team.builder().addAgent(alice).addAgent(bob).addAgent(carol);
    builder.connect(alice, bob, ['write_*']).connect(bob, carol, ['write_text']);
    expect((await builder.build()).connections).toHaveLength(2);
  });

  it('refuses circles, and shows them', async () => {
    const team = await Team.make();
    const [a, b, c, d] = await Promise.all(['a', 'b', 'c', 'd'].map((name) => team.agent(name)));
    const builder = team.builder().addAgent(a!).addAgent(b!).addAgent(c!).addAgent(d!);
    builder.connect(a!, b!).connect(b!, c!).connect(c!, b!).connect(c!, d!).connect(d!, d!);
    const cycles = (await problemsOf(builder)).filter(({ kind }) => kind === 'CYCLE');
    expect(cycles.map(({ message }) => message.split(': ')[1])).toEqual(['b → c → b', 'd → d']);
  });

  it('refuses strangers, duplicates and a second root', async () => {
    const team = await Team.make();
    const [alice, bob] = [await team.agent('alice'), await team.agent('bob')];
    const mallory = await team.agent('mallory');
    const other = new TrustedAgent({ name: 'bob', id: 'agent-other', agent: () => 0, trust: team.trust });
    const carol = await team.agent('carol');
    const builder = team
      .builder()
      .addAgent(alice)
      .addAgent(bob)
      .addAgent(alice)
      .addAgent(other)
      .addAgent(carol);
    builder.connect(mallory, bob).connect(alice, mallory);
    expect((await problemsOf(builder)).map(({ kind, agents }) => [kind, agents])).toEqual([
      ['DUPLICATE_AGENT', ['alice']],
      ['DUPLICATE_AGENT', ['bob']],
      ['UNKNOWN_AGENT', ['mallory']],
      ['SEVERAL_ROOTS', ['alice', 'carol']],
    ]);
    const round = team.builder().addAgent(alice).connect(alice, bob, ['fly']).connect(bob, alice);
    expect((await problemsOf(round)).map(({ kind, agents }) => [kind, agents])).toEqual([
      ['UNKNOWN_AGENT', ['bob']],
      ['CYCLE', ['alice', 'bob']],
      ['CAPABILITY_NOT_HELD', ['alice', 'bob']],
    ]);
    const twice = team.builder().addAgent(alice).addAgent(bob).connect(alice, bob).connect(alice, bob);
    expect(await kindsOf(twice)).toEqual(['DUPLICATE_CONNECTION']);
  });

  it('reports everything at once', async () => {
    const team = await Team.make();
    const [alice, bob, carol] = [
      await team.agent('alice'),
      await team.agent('bob'),
      await team.agent('carol'),
    ];
    const mallory = new TrustedAgent({ name: 'mallory', agent: () => 0, trust: team.trust });
    const builder = team
      .builder()
      .addAgent(alice, ['plan'])
      .addAgent(bob)
      .addAgent(bob)
      .addAgent(carol)
      .addAgent(mallory);
    builder.connect(alice, bob, ['write']).connect(bob, carol).connect(carol, bob);
    expect(await kindsOf(builder)).toEqual([
      'DUPLICATE_AGENT',
      'CYCLE',
      'SEVERAL_ROOTS',
      'MISSING_CAPABILITY',
      'NOT_TRUSTED',
      'CAPABILITY_NOT_HELD',
    ]);
  });

  it('refuses an agent whose trust was revoked through the trust operations', async () => {
    const team = await Team.make();
    const alice = await team.agent('alice', { can: ['plan'] });
    await team.trust.revoke({ agentId: alice.id, reason: 'left' });
    expect(await kindsOf(team.builder().addAgent(alice, ['plan']))).toEqual(['NOT_TRUSTED']);
  });

  it('refuses an agent of other operations, and one that may not take part', async () => {
    const [ours, theirs] = [await Team.make(), await Team.make()];
    const mallory = await theirs.agent('mallory', { can: ['plan'] });
    const alice = new TrustedAgent({ name: 'alice', agent: () => 1, trust: ours.trust });
    const { authorityId } = (await ours.agent('bob', { can: ['plan'] })).trustChain?.genesis ?? {};
    await ours.trust.establish({
      agentId: alice.id,
      authorityId: authorityId as string,
      capabilities: ['plan'],
      protocolCapabilities: false,
    });
    const problems = await problemsOf(
      ours.builder().addAgent(mallory, ['plan']).addAgent(alice).connect(mallory, alice),
    );
    expect(problems.map(({ kind, agents }) => [kind, ...agents])).toEqual([
      ['NOT_TRUSTED', 'mallory'],
      ['NOT_TRUSTED', 'alice'],
    ]);
    expect(problems[0]?.message).toMatch(/by the operations of the workflow: .*agent-mallory/);
    expect(problems[1]?.message).toContain('orchestration_participation');
  });

  it('refuses connections into one agent that have nothing in common', async () => {
    const team = await Team.make();
    const root = await team.agent('root', { can: ['x', 'y', 'z'] });
    const [a, b, sink] = [await team.agent('a'), await team.agent('b'), await team.agent('sink')];
    const fan = (toSinkFromA: string[], toSinkFromB: string[]) =>
      team
        .builder()
        .addAgent(root)
        .addAgent(a)
        .addAgent(b)
        .addAgent(sink)
        .connect(root, a, ['x', 'y', 'z'])
        .connect(root, b, ['x', 'y', 'z'])
        .connect(a, sink, toSinkFromA)
        .connect(b, sink, toSinkFromB);
    expect(await kindsOf(fan(['x'], ['y']))).toEqual(['CONNECTIONS_DISAGREE']);
    expect(await kindsOf(fan(['x', 'y'], ['y', 'z']))).toEqual(['CONNECTIONS_DISAGREE']);
    expect((await fan(['x', 'y'], ['y']).build()).agents).toHaveLength(4);
  });

  it('refuses what strictDelegation would, and a way that is too long', async () => {
    const team = await Team.make({ strictDelegation: true, maxDelegationDepth: 1 });
    const [a, b, c] = [
      await team.agent('a', { can: ['x'] }),
      await team.agent('b', { can: ['y'] }),
      await team.agent('c'),
    ];
    expect(await kindsOf(team.builder().addAgent(a).addAgent(b).connect(a, b))).toEqual([
      'EXECUTE_FORBIDDEN',
    ]);
    const line = team.builder().addAgent(a).addAgent(b).addAgent(c);
    expect(await kindsOf(line.connect(a, b, ['x']).connect(b, c, ['y']))).toEqual([
      'TOO_DEEP',
      'EXECUTE_FORBIDDEN',
    ]);
  });

  it('refuses `execute` from an agent that delegates more elsewhere than it received', async () => {
    const team = await Team.make();
    const [a, b] = [await team.agent('a', { can: ['x'] }), await team.agent('b', { can: ['y'] })];
    const [c, d] = [await team.agent('c'), await team.agent('d')];
    const builder = team
      .builder()
      .addAgent(a)
      .addAgent(b)
      .addAgent(c)
      .addAgent(d)
      .connect(a, b, ['x'])
      .connect(b, c, ['y']);
    expect(await kindsOf(builder.connect(b, d))).toEqual(['CONNECTION_UNNAMED']);
  });

  it('leaves what was built as it is when the builder is used further', async () => {
    const team = await Team.make();
    const [alice, bob] = [await team.agent('alice'), await team.agent('bob')];
    const builder = team.builder().addAgent(alice);
    const workflow = await builder.build();
    const more = await builder.addAgent(bob).connect(alice, bob).build();
    expect(workflow.agents).toEqual([alice]);
    expect(more.agents).toEqual([alice, bob]);
    expect((await workflow.execute(1)).result).toEqual({ alice: 1 });
  });
});

describe('the builder', () => {
  it('refuses what is no trust, no agent and no capability at once', async () => {
    const team = await Team.make();
    const alice = await team.agent('alice');
    for (const misuse of [
      () => new TrustAwareWorkflowBuilder({} as never),
      () => new TrustAwareWorkflowBuilder(undefined as never),
      () => team.builder().addAgent({ name: 'mallory' } as never),
      () => team.builder().connect(alice, undefined as never),
      () => team.builder().addAgent(alice, ['two words']),
      () => team.builder().connect(alice, alice, 'write' as never),
    ]) {
      expect(misuse).toThrow(InvalidArgumentError);
    }
    expect(new TrustAwareWorkflowBuilder(new TrustOperations())).toBeInstanceOf(TrustAwareWorkflowBuilder);
  });
});
