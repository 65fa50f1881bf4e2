import type { AuditAnchor, EatpError, OrchestrationResult } from '@kaizen-eatp/core';
import type { PatternPlugin } from '@kaizen-eatp/core/plugin';
import { failingStore, type ScriptedAgent, scriptedAgent } from '@kaizen-eatp/testing';
import '@kaizen-eatp/testing/vitest';
import { suiteStore } from 'suite-store';
import { describe, expect, it } from 'vitest';
import { exportedPatterns } from './exported-patterns.js';
import type { MatrixColumn } from './matrix-columns.js';
import { type MatrixRow, matrixRows } from './matrix-rows.js';
import { type PatternSetup, patternSetups } from './pattern-setups.js';

const cases = exportedPatterns.flatMap(([name, pattern]) =>
  (patternSetups[name] ?? []).map((setup) => ({
    variant: setup.options ? `${name} with ${JSON.stringify(setup.options)}` : name,
    name,
    pattern,
    setup,
  })),
);

/** Registers a test for every pattern and everything that can happen to one of its agents. */
export function describeMatrix(column: MatrixColumn): void {
  describe(`agents that are ${column.name}`, () => {
    describe.each(cases)('$variant', ({ name, pattern, setup }) => {
      it.each(matrixRows)('$name', async (row) => {
        const world = await stage(column, setup, row);
        try {
          const run = await perform(world, { name, pattern, setup, row });
          await expectEnd(run, { setup, row, ...world });
        } finally {
          await world.close();
        }
      });
    });
  });
}

async function stage(
  column: MatrixColumn,
  setup: PatternSetup,
  { script, isTrusted = true, storeFailsFrom, storeFailures }: MatrixRow,
) {
  const { victim } = setup;
  const scripted = Object.fromEntries(
    Object.entries(setup.agents).map(([name, { run }]) => [
      name,
      scriptedAgent((name === victim && script) || run),
    ]),
  );
  const store = failingStore(undefined, suiteStore());
  const cast = Object.fromEntries(
    Object.entries(setup.agents).map(([name, { capabilities = ['work'] }]) => [
      name,
      { agent: scripted[name]!, capabilities, trusted: name !== victim || isTrusted },
    ]),
  );
  const world = await column.world(cast, store);
  const victimId = world.agents[victim]!.id;
  let hasFailed = false;
  store.fail({
    ...(storeFailures !== undefined && { times: storeFailures }),
    when: (writes) => {
      hasFailed ||= storeFailsFrom?.(writes, victimId) ?? false;
      return hasFailed;
    },
  });
  return { ...world, scripted, victimId, victim: scripted[victim] as ScriptedAgent };
}

type Stage = Awaited<ReturnType<typeof stage>>;
type End = { readonly result: OrchestrationResult } | { readonly error: EatpError };

async function perform(
  { runtime, trust, victim, victimId }: Stage,
  {
    name,
    pattern,
    setup,
    row,
  }: { name: string; pattern: PatternPlugin; setup: PatternSetup; row: MatrixRow },
): Promise<End> {
  const canceller = new AbortController();
  const execution = runtime([pattern]).execute('the yearly report', {
    pattern: name as never,
    options: (setup.options ?? {}) as never,
    signal: canceller.signal,
    ...(row.timeout !== undefined && { timeout: row.timeout }),
  });
  const end = execution.then(
    (result): End => ({ result }),
    (error: EatpError): End => ({ error }),
  );
  if (row.during) {
    await victim.started();
    if (row.during === 'cancel') canceller.abort('alice changed her mind');
    else await trust.revoke({ agentId: victimId, reason: 'mallory had the key' });
  }
  return end;
}

async function expectEnd(
  end: End,
  { trust, victim, victimId, scripted, setup, row }: Stage & { setup: PatternSetup; row: MatrixRow },
): Promise<void> {
  const goesOn =
    row.code === undefined || (row.isTolerable && setup.tolerates?.agents.includes(setup.victim));
  if (goesOn)
    expect(end, String((end as { error?: Error }).error?.stack)).toHaveProperty('result.success', true);
  else expect((end as { error: unknown }).error).toHaveErrorCode(row.code as NonNullable<MatrixRow['code']>);
  const run = 'result' in end ? end.result : end.error.run!;
  const trail = run.auditTrail as readonly AuditAnchor[];
  expect(run.taskId).toMatch(/^orch-/);

  if (row.name.startsWith('the store fails')) await expectTrailUpToTheFailure(trust, run.runId, trail);
  else await expect(run.runId && ('result' in end ? end.result : end.error)).toHaveVerifiedTrail(trust);

  if (row.calls === 0) expect(victim.calls).toEqual([]);
  else expect(victim.calls.length).toBeGreaterThan(0);
  if (row.isTrusted === false) {
    expect(Object.values(scripted).flatMap((agent) => agent.calls)).toEqual([]);
    expect(trail.map(({ result, context }) => [result, context?.subject_agent_id])).toContainEqual([
      'denied',
      victimId,
    ]);
  }
  if (row.anchor) {
    const anchor = trail.find(({ agentId, context }) => agentId === victimId && context?.invocation_id);
    expect([anchor?.result, anchor?.context?.outcome]).toEqual([row.anchor.result, row.anchor.outcome]);
    expect(run.delegations).toContainEqual(expect.objectContaining({ delegateeId: victimId }));
  }
  // It takes a moment until an agent elsewhere has heard that it is to stop.
  const running = () =>
    Object.values(scripted).flatMap((agent) => agent.calls.filter(({ outcome }) => outcome === 'running'));
  await expect.poll(running).toEqual([]);
}

/** The trail has every record that the store acknowledged before it failed, and no other. */
async function expectTrailUpToTheFailure(
  trust: Stage['trust'],
  runId: string,
  trail: readonly AuditAnchor[],
): Promise<void> {
  const { state, problems, entries } = await trust.verifyTrail(runId);
  expect(problems).toEqual([]);
  expect([trail.length === 0 ? 'missing' : 'open', 'ended']).toContain(state);
  expect(entries).toBe(trail.length);
}
