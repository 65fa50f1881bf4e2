import {
  type InvocationContext,
  type OrchestrationResult,
  type RunEvent,
  TrustAwareWorkflowBuilder,
  type TrustedAgent,
} from '@kaizen-eatp/core';
import {
  AgentExecutionError,
  AgentNotTrustedError,
  ExecutionCancelledError,
  VerificationDeniedError,
} from '@kaizen-eatp/core/errors';
import { describe, expect, it } from 'vitest';
import { Team } from './team.js';

const alice = {
  humanId: 'alice',
  displayName: 'Alice',
  authProvider: 'sso',
  sessionId: 's-1',
  authenticatedAt: '2026-06-01T12:00:00+00:00',
};

const delegationsOf = ({ delegations }: Pick<OrchestrationResult, 'delegations'>): string[] =>
  delegations.map((d) =>
    `${d.delegatorId} → ${d.delegateeId}: ${d.capabilitiesDelegated.join(', ')}`.replaceAll('agent-', ''),
  );

/** root → [a, b] → sink */
async function diamond(
  team: Team,
  does: Partial<Record<'a' | 'b', (input: never, context: InvocationContext) => unknown>> = {},
) {
  const root = await team.agent('root', { can: ['x'] });
  const a = await team.agent('a', { can: ['merge'], ...(does.a && { does: does.a }) });
  const b = await team.agent('b', { can: ['merge'], ...(does.b && { does: does.b }) });
  const sink = await team.agent('sink', { can: ['merge'] });
  return team
    .builder()
    .addAgent(sink)
    .addAgent(root)
    .addAgent(a)
    .addAgent(b)
    .connect(root, a)
    .connect(root, b)
    .connect(a, sink, ['merge'])
    .connect(b, sink, ['merge'])
    .build();
}

describe('a chain of three agents', () => {
  it('runs as it is written, each agent under what its connection names', async () => {
    const team = await Team.make();
    const researcher = await team.agent('researcher', { can: ['search', 'analyze'] });
    const analyst = await team.agent('analyst', { can: ['analyze', 'write'] });
    const writer = await team.agent('writer', { can: ['write'] });
    const workflow = await new TrustAwareWorkflowBuilder(team.trust)
      .addAgent(researcher, ['search'])
      .addAgent(analyst, ['analyze'])
      .addAgent(writer, ['write'])
      .connect(researcher, analyst, ['analyze'])
      .connect(analyst, writer, ['write'])
      .build();
    const result = await workflow.execute('input', {
      taskId: 'report-1',
      initiatorId: 'user-1',
      humanOrigin: alice,
      onEvent: team.onEvent,
    });
    expect(result.result).toEqual({ writer: { analyst: { researcher: 'input' } } });
    expect(result.taskId).toBe('report-1');
    // The researcher does not hold `write`. A second delegation of `execute` lets the analyst delegate its own `write`.
    expect(delegationsOf(result)).toEqual([
      'researcher → analyst: analyze',
      'researcher → analyst: execute',
      'analyst → writer: write',
    ]);
    const [work, , write] = result.delegations;
    const acts = result.auditTrail.map(({ agentId, action, context }) => [
      agentId,
      action,
      context?.delegation_id,
    ]);
    expect(acts).toEqual([
      ['agent-researcher', 'execute', null],
      ['agent-analyst', 'analyze', work?.id],
      ['agent-writer', 'write', write?.id],
      ['agent-researcher', 'orchestration_complete', undefined],
    ]);
    for (const { context } of result.auditTrail)
      expect(context).toMatchObject({ task_id: 'report-1', initiator_id: 'user-1' });
    const people = result.auditTrail.map((anchor) => JSON.stringify(anchor.context?.person));
    expect(new Set(people)).toEqual(new Set([expect.stringContaining('"pseudonym":"person-')]));
    const { disclosures } = JSON.parse((await result.receipt()).text);
    expect(JSON.stringify(disclosures)).toContain('alice');
    expect(await team.trust.verifyTrail(result.runId)).toMatchObject({ valid: true, entries: 4 });
    expect(team.started()).toEqual(['researcher', 'analyst', 'writer']);
  });

  it('names a capability that is delegated further if the root holds it, also under strictDelegation', async () => {
    const team = await Team.make({ strictDelegation: true });
    const researcher = await team.agent('researcher', { can: ['search', 'analyze', 'write'] });
    const analyst = await team.agent('analyst', { can: ['analyze', 'write'] });
    const writer = await team.agent('writer', { can: ['write'] });
    const builder = team.builder().addAgent(researcher).addAgent(analyst).addAgent(writer);
    const workflow = await builder
      .connect(researcher, analyst, ['analyze'])
      .connect(analyst, writer, ['write'])
      .build();
    expect(delegationsOf(await workflow.execute(1))).toEqual([
      'researcher → analyst: analyze',
      'researcher → analyst: write',
      'analyst → writer: write',
    ]);
  });

  it('does not let the analyst use a capability that it only delegates further', async () => {
    const team = await Team.make();
    const researcher = await team.agent('researcher', { can: ['analyze'] });
    const analyst = await team.agent('analyst', {
      can: ['write'],
      tools: { write: () => 'written' },
      does: { run: (_input: unknown, context: InvocationContext) => context.callTool('write') },
    });
    const writer = await team.agent('writer', { can: ['write'] });
    const builder = team.builder().addAgent(researcher).addAgent(analyst).addAgent(writer);
    const workflow = await builder
      .connect(researcher, analyst, ['analyze'])
      .connect(analyst, writer, ['write'])
      .build();
    const error = await workflow.execute(1).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(AgentExecutionError);
    expect(error.cause).toBeInstanceOf(VerificationDeniedError);
    expect(error.cause.denial.code).toBe('DELEGATION_SCOPE');
  });

  it('opens the way through several agents', async () => {
    const team = await Team.make();
    const agents: TrustedAgent[] = [];
    for (const [i, name] of ['a', 'b', 'c', 'd'].entries())
      agents.push(await team.agent(name, { can: [`skill_${i}`, `skill_${i + 1}`] }));
    const builder = team.builder();
    for (const agent of agents) builder.addAgent(agent);
    for (const [i, agent] of agents.slice(1).entries())
      builder.connect(agents[i]!, agent, [`skill_${i + 1}`]);
    const result = await (await builder.build()).execute(0);
    expect(result.result).toEqual({ d: { c: { b: { a: 0 } } } });
    expect(result.auditTrail.slice(0, -1).map((anchor) => anchor.action)).toEqual([
      'execute',
      'skill_1',
      'skill_2',
      'skill_3',
    ]);
  });
});

describe('fan-out and fan-in', () => {
  it('runs independent branches at the same time, and hands their outputs on by name', async () => {
    const team = await Team.make();
    // Each waits for the other to have begun, so one after the other they would wait for ever.
    const begun = { a: Promise.withResolvers<void>(), b: Promise.withResolvers<void>() };
    const workflow = await diamond(team, {
      a: () => {
        begun.a.resolve();
        return begun.b.promise.then(() => 'from a');
      },
      b: () => {
        begun.b.resolve();
        return begun.a.promise.then(() => 'from b');
      },
    });
    const result = await workflow.execute(1, { timeout: 5_000 });
    expect(result.result).toEqual({ sink: { a: 'from a', b: 'from b' } });
    expect(delegationsOf(result)).toEqual([
      'root → a: execute',
      'root → b: execute',
      'a → sink: merge',
      'b → sink: merge',
    ]);
  });

  it('does not let a short branch wait for a long one', async () => {
    const team = await Team.make();
    const ended = Promise.withResolvers<void>();
    const root = await team.agent('root');
    const slow = await team.agent('slow', { does: () => ended.promise });
    const quick = await team.agent('quick');
    const last = await team.agent('last', { does: () => ended.resolve() });
    const builder = team.builder().addAgent(root).addAgent(slow).addAgent(quick).addAgent(last);
    const workflow = await builder.connect(root, slow).connect(root, quick).connect(quick, last).build();
    expect(Object.keys((await workflow.execute(1, { timeout: 5_000 })).result as object)).toEqual([
      'slow',
      'last',
    ]);
  });

  it('lets an agent with several connections do what all allow, under the constraints of all', async () => {
    const team = await Team.make();
    const root = await team.agent('root', { can: ['write', 'read'] });
    const careful = await team.agent('careful', { can: ['write'], under: ['audit_required'] });
    const bold = await team.agent('bold', { can: ['write', 'read'] });
    const sink = await team.agent('sink', {
      can: ['write', 'read'],
      tools: { read: () => 'secret' },
      does: {
        run: (_input: unknown, { delegation, callTool }: InvocationContext) =>
          callTool('read').catch((e) => [e.code, delegation]),
      },
    });
    const workflow = await team
      .builder()
      .addAgent(root)
      .addAgent(careful)
      .addAgent(bold)
      .addAgent(sink)
      .connect(root, careful)
      .connect(root, bold)
      .connect(bold, sink, ['write'])
      .connect(careful, sink, ['write', 'execute'])
      .build();
    const result = await workflow.execute(1);
    const [code, delegation] = result.result as [string, (typeof result.delegations)[number]];
    expect(code).toBe('VERIFICATION_DENIED');
    expect(delegation).toMatchObject({ delegatorId: 'agent-bold', capabilitiesDelegated: ['write'] });
    expect(delegation.constraintSubset).toContain('audit_required');
    expect(delegationsOf(result)).toContain('careful → sink: write, execute');
  });

  it('passes the constraints of all on to those further down', async () => {
    const team = await Team.make();
    const root = await team.agent('root');
    const careful = await team.agent('careful', { under: ['read_only'] });
    const bold = await team.agent('bold');
    const join = await team.agent('join', { can: ['write_data'] });
    const end = await team.agent('end', { can: ['write_data'] });
    const workflow = await team
      .builder()
      .addAgent(root)
      .addAgent(careful)
      .addAgent(bold)
      .addAgent(join)
      .addAgent(end)
      .connect(root, careful)
      .connect(root, bold)
      .connect(careful, join)
      .connect(bold, join)
      .connect(join, end, ['write_data'])
      .build();
    const error = await workflow.execute(1).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(VerificationDeniedError);
    expect(error).toMatchObject({ agentId: 'agent-end', denial: { code: 'CONSTRAINT_VIOLATED' } });
  });

  it('gives the results of several last agents by name, in the order in which they were added', async () => {
    const team = await Team.make();
    const [root, a, b] = [await team.agent('root'), await team.agent('a'), await team.agent('b')];
    const workflow = await team
      .builder()
      .addAgent(b)
      .addAgent(a)
      .addAgent(root)
      .connect(root, a)
      .connect(root, b)
      .build();
    const { result } = await workflow.execute(1);
    expect(result).toEqual({ b: { b: { root: 1 } }, a: { a: { root: 1 } } });
    expect(Object.keys(result as object)).toEqual(['b', 'a']);
  });
});

describe('failure', () => {
  it('of an agent ends its dependents; the others are seen to their end', async () => {
    const team = await Team.make();
    const failed = Promise.withResolvers<void>();
    const ended: string[] = [];
    const workflow = await diamond(team, {
      a: () => {
        failed.resolve();
        throw new Error('broken');
      },
      b: async () => {
        await failed.promise;
        await new Promise((resolve) => setImmediate(resolve));
        ended.push('b');
      },
    });
    const error = await workflow.execute(1, { onEvent: team.onEvent }).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(AgentExecutionError);
    expect(error.agentId).toBe('agent-a');
    expect(ended).toEqual(['b']);
    expect(team.started()).toEqual(['root', 'a', 'b']);
    const outcomes = error.run.auditTrail.map(
      (anchor: { agentId: string; result: string }) => `${anchor.agentId}: ${anchor.result}`,
    );
    expect(outcomes.sort()).toEqual([
      'agent-a: failure',
      'agent-b: success',
      'agent-root: failure',
      'agent-root: success',
    ]);
  });

  it('of trust since it was built lets no agent act', async () => {
    const team = await Team.make();
    const workflow = await diamond(team);
    await team.trust.revoke({ agentId: 'agent-sink', reason: 'left' });
    await expect(workflow.execute(1, { onEvent: team.onEvent })).rejects.toThrow(AgentNotTrustedError);
    expect(team.started()).toEqual([]);
  });

  it.each(['a', 'b'] as const)(
    'of trust in %s, which had ended its work, denies what comes after it',
    async (revoked) => {
      const team = await Team.make();
      const other = revoked === 'a' ? 'b' : 'a';
      const ended = Promise.withResolvers<void>();
      const revoke = async (): Promise<void> => {
        await ended.promise;
        await team.trust.revoke({ agentId: `agent-${revoked}`, reason: 'left' });
      };
      const workflow = await diamond(team, { [other]: revoke });
      const onEvent = (event: RunEvent): void => {
        team.onEvent(event);
        if (event.type === 'invocation_ended' && event.agentId === `agent-${revoked}`) ended.resolve();
      };
      const error = await workflow.execute(1, { onEvent }).catch((thrown) => thrown);
      expect(error).toBeInstanceOf(VerificationDeniedError);
      expect(error).toMatchObject({ agentId: 'agent-sink', action: 'merge' });
      expect(team.started()).not.toContain('sink');
      expect(
        error.run.auditTrail.map(
          (anchor: { agentId: string; result: string }) => `${anchor.agentId}: ${anchor.result}`,
        ),
      ).toContain('agent-sink: denied');
    },
  );

  it('by cancelling reaches every branch, and nothing more begins', async () => {
    const team = await Team.make();
    const controller = new AbortController();
    const stopped: string[] = [];
    const wait =
      (name: string) =>
      (_: never, { signal }: InvocationContext) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            stopped.push(name);
            reject(signal.reason);
          });
          if (name === 'b') queueMicrotask(() => controller.abort('enough'));
        });
    const workflow = await diamond(team, { a: wait('a'), b: wait('b') });
    const error = await workflow
      .execute(1, { signal: controller.signal, onEvent: team.onEvent })
      .catch((thrown) => thrown);
    expect(error).toBeInstanceOf(ExecutionCancelledError);
    expect(stopped).toEqual(['a', 'b']);
    expect(team.started()).toEqual(['root', 'a', 'b']);
  });

  it('by timeout ends the run', async () => {
    const team = await Team.make();
    const workflow = await diamond(team, { a: () => new Promise(() => undefined) });
    await expect(workflow.execute(1, { timeout: 20 })).rejects.toMatchObject({ code: 'EXECUTION_TIMEOUT' });
  });
});

it('runs at the same time stay apart', async () => {
  const workflow = await diamond(await Team.make());
  const results = await Promise.all(
    [1, 2, 3].map((input) => workflow.execute(input, { taskId: `task-${input}` })),
  );
  expect(results.map(({ result }) => (result as { sink: unknown }).sink)).toEqual(
    [1, 2, 3].map((input) => ({ a: { a: { root: input } }, b: { b: { root: input } } })),
  );
  for (const { auditTrail, taskId } of results) {
    expect(auditTrail.map((anchor) => anchor.context?.task_id)).toEqual(Array(5).fill(taskId));
  }
});

describe('a workflow as an agent', () => {
  it('nests: a run of its own, for the same task and human', async () => {
    const team = await Team.make();
    const seen: InvocationContext[] = [];
    const note = (input: unknown, context: InvocationContext): unknown => {
      seen.push(context);
      return input;
    };
    const inner = await team.agent('inner', { does: note });
    const innerEnd = await team.agent('inner-end', { does: note });
    const nested = await team.builder().addAgent(inner).addAgent(innerEnd).connect(inner, innerEnd).build();
    const first = await team.agent('first', { does: note });
    for (const form of [nested, nested.asAgent()]) {
      seen.length = 0;
      const second = await team.agent(`second-${seen.length}-${form === nested}`, { does: form });
      const workflow = await team.builder().addAgent(first).addAgent(second).connect(first, second).build();
      const result = await workflow.execute('input', { taskId: 'outer', humanOrigin: alice });
      expect(result.result).toBe('input');
      expect(seen.map(({ taskId, humanOrigin }) => [taskId, humanOrigin?.humanId])).toEqual(
        Array(3).fill(['outer', 'alice']),
      );
      const runs = seen.map(({ invocationId }) => invocationId.split('/')[0] as string);
      expect(runs[0]).toBe(result.runId);
      expect(new Set(runs).size).toBe(2);
      expect(await team.trust.verifyTrail(runs[1] as string)).toMatchObject({ valid: true, entries: 3 });
    }
  });

  it('is cancelled with the run that it is in', async () => {
    const team = await Team.make();
    const controller = new AbortController();
    const stopped = Promise.withResolvers<unknown>();
    const inner = await team.agent('inner', {
      does: (_: never, { signal }: InvocationContext) => {
        signal.addEventListener('abort', () => stopped.resolve(signal.reason));
        controller.abort('enough');
        return new Promise(() => undefined);
      },
    });
    const nested = await team.builder().addAgent(inner).build();
    const outer = await team
      .builder()
      .addAgent(await team.agent('outer', { does: nested }))
      .build();
    await expect(outer.execute(1, { signal: controller.signal })).rejects.toThrow(ExecutionCancelledError);
    expect(await stopped.promise).toBeInstanceOf(ExecutionCancelledError);
  });

  it('runs by itself too', async () => {
    const team = await Team.make();
    const workflow = await team
      .builder()
      .addAgent(await team.agent('alice'))
      .build();
    expect(await workflow.run(1)).toEqual({ alice: 1 });
  });
});
