import {
  type InvocationContext,
  type OrchestrationResult,
  TrustAwareWorkflowBuilder,
  type TrustedAgent,
} from '@kaizen-eatp/core';
import type { InvokeOptions } from '@kaizen-eatp/core/plugin';
import { verifyReceipt } from '@kaizen-eatp/core/receipt';
import { describe, expect, it, vi } from 'vitest';
import { ALICE, rejection, said, World } from './world.js';

type Work = (input: unknown, context: InvocationContext) => unknown;
type Probe = (context: InvocationContext) => unknown;

/** How an inner agent, which holds `wire_transfer` itself, tries to do it. */
const ATTEMPTS: [string, InvokeOptions, Probe][] = [
  ['as an action', { action: 'wire_transfer' }, () => undefined],
  ['by a tool', {}, (context) => context.callTool('wire_transfer')],
  ['by a tool that calls itself harmless', {}, (context) => context.callTool('note')],
];

/** The banker, who holds everything, and what is paid. */
async function bank(probe: Probe) {
  const world = await World.make();
  const pay = vi.fn();
  const act = vi.fn();
  const banker = await world.agent(
    'banker',
    async (_input: unknown, context: InvocationContext) => {
      act(context.action);
      await probe(context);
      return 'done';
    },
    {
      capabilities: ['wire_transfer', 'summarize'],
      tools: {
        wire_transfer: { run: pay, effects: 'write' },
        note: { run: pay, capability: 'summarize' },
        read: { run: () => 'letters', capability: 'summarize', effects: 'read' },
      },
    },
  );
  return { world, pay, act, banker };
}

/** Wraps an agent in a run that another agent starts, as often as asked; `how` is how the innermost is invoked. */
async function nest(
  world: World,
  innermost: TrustedAgent,
  levels: number,
  how: InvokeOptions,
  runs: OrchestrationResult[],
) {
  let agent = innermost;
  for (let level = 1; level <= levels; level++) {
    const inner = world.runtime([agent], ({ agents: [a], invoke }) => invoke(a!, 1, level === 1 ? how : {}));
    const work: Work = async (_input, context) => {
      const run = await inner.execute(1, { pattern: 'probe', within: context });
      runs.push(run);
      return run.result;
    };
    agent = await world.agent(`clerk-${level}`, work, { capabilities: ['wire_transfer', 'summarize'] });
  }
  return agent;
}

/** The boss delegates `summarize` under `read_only` to the outermost agent and invokes it. */
async function underReadOnly(world: World, agent: TrustedAgent) {
  const boss = await world.agent('boss', undefined, { capabilities: ['wire_transfer', 'summarize'] });
  return world.execute(
    [boss, agent],
    async ({ agents: [b, a], delegate, invoke }) => {
      await delegate(b!, a!, { capabilities: ['summarize'], constraints: ['read_only'] });
      return invoke(a!, 1);
    },
    { humanOrigin: ALICE, taskId: 'task-1' },
  );
}

/** The codes of an error and its causes. */
function codes(error: unknown): string[] {
  const { code, denial, cause } = error as { code?: string; denial?: { code: string }; cause?: unknown };
  return [...(code ? [code] : []), ...(denial ? [denial.code] : []), ...(cause ? codes(cause) : [])];
}

describe.each([1, 2])('a delegation of `summarize` under `read_only`, %i runs deep', (levels) => {
  it.each(ATTEMPTS)('does not let an inner agent do `wire_transfer` %s', async (what, how, probe) => {
    const { world, pay, banker } = await bank(probe);
    const outermost = await nest(world, banker, levels, how, []);
    const error = await rejection(underReadOnly(world, outermost));
    expect(codes(error).at(-1)).toBe(what.includes('harmless') ? 'CONSTRAINT_VIOLATED' : 'DELEGATION_SCOPE');
    expect(pay).not.toHaveBeenCalled();
    await world.remains(error);
  });

  it('lets an inner agent summarize and read', async () => {
    const { world, act, banker } = await bank((context) => context.callTool('read'));
    const runs: OrchestrationResult[] = [];
    const outermost = await nest(world, banker, levels, { action: 'summarize' }, runs);
    const outer = await underReadOnly(world, outermost);
    expect(outer.result).toBe('done');
    expect(act.mock.calls).toEqual([['summarize']]);
    const innermost = runs[0]!;
    for (const { constraintSubset } of [...innermost.delegations, ...outer.delegations])
      expect(constraintSubset).toContain('read_only');
  });

  it('links the trails of all runs, and each run has a receipt that verifies', async () => {
    const { world, banker } = await bank((context) => context.callTool('read'));
    const runs: OrchestrationResult[] = [];
    const outermost = await nest(world, banker, levels, {}, runs);
    const outer = await underReadOnly(world, outermost);
    // Innermost first.
    const all = [...runs, outer];
    for (const [i, run] of all.entries()) {
      expect((await verifyReceipt(await run.receipt())).problems).toEqual([]);
      expect(await world.trust.verifyTrail(run.runId)).toMatchObject({ valid: true });
      const around = all[i + 1];
      const starter = around?.auditTrail.find(({ context }) => context?.nested_runs);
      expect(starter?.context?.nested_runs).toEqual(around && [run.runId]);
      for (const { context } of run.auditTrail) {
        expect(context?.task_id).toBe('task-1');
        expect(context?.person).toEqual(outer.auditTrail[0]?.context?.person);
        expect([context?.outer_run, context?.outer_invocation]).toEqual(
          around ? [around.runId, starter?.context?.invocation_id] : [undefined, undefined],
        );
      }
    }
  });

  it('does not let an inner workflow do `wire_transfer`', async () => {
    const { world, pay, banker } = await bank((context) => context.callTool('wire_transfer'));
    let agent = banker;
    for (let level = 1; level <= levels; level++) {
      const workflow = await new TrustAwareWorkflowBuilder(world.trust).addAgent(agent).build();
      agent = await world.agent(`clerk-${level}`, workflow, { capabilities: ['wire_transfer'] });
    }
    const error = await rejection(underReadOnly(world, agent));
    expect(codes(error).at(-1)).toBe('DELEGATION_SCOPE');
    expect(pay).not.toHaveBeenCalled();
  });
});

describe('an agent that starts a run in which it takes part itself', () => {
  it('goes on under its delegation: when it acts, when it shares and when the pattern verifies it', async () => {
    const world = await World.make();
    const pay = vi.fn();
    const seen: unknown[] = [];
    const boss = await world.agent('boss', undefined, { capabilities: ['summarize'] });
    const clerk: TrustedAgent = await world.agent(
      'clerk',
      (input: unknown, context: InvocationContext) =>
        input === 'outer' ? runtime.execute('inner', { pattern: 'probe', within: context }).then(() => 1) : 2,
      { capabilities: ['wire_transfer', 'summarize'], tools: { wire_transfer: pay } },
    );
    const runtime = world.runtime([clerk], async ({ agents: [c], invoke, share, verify }) => {
      for (const action of ['wire_transfer', 'summarize']) {
        const verdict = await verify(c!, action);
        const outcomes = await Promise.allSettled([invoke(c!, 'x', { action }), share(c!, 1, { action })]);
        seen.push([action, verdict.valid, ...outcomes.map(({ status }) => status)]);
      }
    });
    const { auditTrail } = await world.execute(
      [boss, clerk],
      async ({ agents: [b, c], delegate, invoke }) => {
        await delegate(b!, c!, { capabilities: ['summarize'] });
        return invoke(c!, 'outer');
      },
    );
    expect(seen).toEqual([
      ['wire_transfer', false, 'rejected', 'rejected'],
      ['summarize', true, 'fulfilled', 'fulfilled'],
    ]);
    expect(said(auditTrail)[0]).toBe('clerk summarize success success');
  });
});
