import type { EatpError, OrchestrationResult, PatternName } from '@kaizen-eatp/core';
import { describe, expect, it, vi } from 'vitest';
import { exportedPatterns } from './exported-patterns.js';
import { type Cast, world } from './harness.js';
import { type PatternSetup, patternSetups } from './pattern-setups.js';
import { type ScopeRow, scopes } from './scopes.js';

/** The capability that the child holds and its parent does not. */
const OWN = 'send_mail';

const cases = exportedPatterns.flatMap(([name]) =>
  (scopes[name] ?? []).map((row) => {
    const setup = patternSetups[name]?.[row.setup ?? 0] as PatternSetup;
    const variant = setup.options ? `${name} with ${JSON.stringify(setup.options)}` : name;
    const child = row.child ?? setup.victim;
    return { variant: `${variant}, ${child}`, name: name as PatternName, row, setup };
  }),
);

describe('the scopes of the patterns', () => {
  it('are all tried', () => {
    expect(exportedPatterns.map(([name]) => name).sort()).toEqual(Object.keys(scopes).sort());
  });
});

describe.each(cases)('in $variant', ({ name, row, setup }) => {
  it.each([
    ['', {}],
    [', nor under strictDelegation', { isStrict: true }],
  ])('a child cannot use what it holds itself but was not given%s', async (_, strictness) => {
    const { parent, child, attempts, tool, perform } = await stage(name, setup, row, strictness);
    // By its own right it may: what it is refused is refused for the delegation alone.
    expect(await child.callTool(OWN)).toBe('sent');
    tool.mockClear();

    const { run, error } = await perform();

    expect(error).toBeUndefined();
    const grants = run.delegations.filter(({ delegateeId }) => delegateeId === child.id);
    expect(grants.length).toBeGreaterThan(0);
    for (const { delegatorId, capabilitiesDelegated } of grants) {
      expect(delegatorId).toBe(parent.id);
      expect(capabilitiesDelegated).toEqual(row.given);
    }
    expect(attempts.length).toBeGreaterThan(0);
    for (const attempt of attempts) {
      expect(attempt).toMatchObject({ code: 'VERIFICATION_DENIED', denial: { code: 'DELEGATION_SCOPE' } });
    }
    expect(tool).not.toHaveBeenCalled();
    const denials = run.auditTrail.filter(({ result }) => result === 'denied');
    expect(denials.map(({ agentId, action }) => [agentId, action])).toEqual(
      attempts.map(() => [child.id, OWN]),
    );
    expect(JSON.stringify(denials[0]?.context)).toContain('DELEGATION_SCOPE');
  });

  it('what the options add is on every delegation', async () => {
    const { child, perform } = await stage(name, setup, row);

    const { run, error } = await perform({ constraints: ['audit_required'] });

    expect(error).toBeUndefined();
    expect(run.delegations.map(({ delegateeId }) => delegateeId)).toContain(child.id);
    for (const { constraintSubset } of run.delegations) expect(constraintSubset).toContain('audit_required');
  });

  it('a child that shares nothing with its parent is refused under strictDelegation', async () => {
    const { child, attempts, tool, perform } = await stage(name, setup, row, {
      isStrict: true,
      isLacking: true,
    });

    const { run, error } = await perform();

    expect(error?.code).toBe(row.code);
    if (row.event) {
      expect(run.auditTrail.map(({ result, context }) => [result, context?.details])).toContainEqual([
        'denied',
        expect.objectContaining({ event: row.event, agent: child.name, code: 'DELEGATION_REFUSED' }),
      ]);
      // The results, or the error, say so.
      expect(JSON.stringify(error ? [error.code, error.evidence] : run.result)).toContain(
        'DELEGATION_REFUSED',
      );
    } else {
      expect(error?.code).toBe('DELEGATION_REFUSED');
    }
    expect(attempts).toEqual([]);
    expect(tool).not.toHaveBeenCalled();
    expect(run.delegations.filter(({ delegateeId }) => delegateeId === child.id)).toEqual([]);
    expect(run.auditTrail.filter(({ agentId }) => agentId === child.id)).toEqual([]);
  });
});

async function stage(
  pattern: PatternName,
  { agents: players, victim, idle = [], options = {} }: PatternSetup,
  { parent: parentName, child: childName = victim, shared, lacking, kept = [] }: ScopeRow,
  { isStrict = false, isLacking = false } = {},
) {
  /** The outcome of each attempt of the child; there is one for each time that its code ran. */
  const attempts: unknown[] = [];
  const tool = vi.fn(() => 'sent');
  const without = isLacking ? (lacking === 'parent' ? parentName : childName) : undefined;
  const cast: Record<string, Cast> = {};
  for (const [name, { run = (given: unknown) => given, capabilities = [] }] of Object.entries(players)) {
    const common = idle.includes(name) ? [] : name !== without ? shared : name === parentName ? kept : [];
    const needed = name === without || name === parentName ? [] : (capabilities as readonly string[]);
    const tries: typeof run = async (input, context) => {
      attempts.push(await context.callTool(OWN).catch((error: unknown) => error));
      return run(input, context);
    };
    cast[name] =
      name === childName
        ? { agent: tries, capabilities: distinct(OWN, ...needed, ...common), tools: { [OWN]: tool } }
        : { agent: run, capabilities: distinct(...needed, ...common) };
  }
  const { agents, run } = await world(cast, { strictDelegation: isStrict });
  const child = agents[childName]!;
  const parent = agents[parentName]!;
  const perform = (more = {}) =>
    endOf(run(pattern, 'the yearly report', { options: { ...options, ...more } as never }));
  return { parent, child, attempts, tool, perform };
}

const distinct = (...names: readonly string[]): string[] => [...new Set(names)];

type Run = Pick<OrchestrationResult, 'auditTrail' | 'delegations'> & { readonly result?: unknown };

/** How a run ended, and what it left behind either way. */
const endOf = (run: Promise<OrchestrationResult>): Promise<{ run: Run; error?: EatpError }> =>
  run.then(
    (result) => ({ run: result }),
    (error: EatpError) => ({ run: error.run as unknown as Run, error }),
  );
