import type { Denial } from '@kaizen-eatp/core';
import { describeDenial, VerificationDeniedError } from '@kaizen-eatp/core/errors';
import { describe, expect, it } from 'vitest';
import { deny, denyForAll } from '../../src/errors/denial.js';

const scope = deny('DELEGATION_SCOPE', "delegation del-1 does not give 'read'");
const expired = deny('DELEGATION_EXPIRED', 'delegation del-2 has expired');

describe('denyForAll', () => {
  it('returns the only reason as it is', () => {
    expect(denyForAll('DELEGATION_SCOPE', 'none of 1', [scope])).toBe(scope);
  });

  it('keeps every reason, in order', () => {
    const denial = denyForAll('CONSTRAINT_VIOLATED', 'two reasons', [scope, expired], {
      constraints: ['a', 'b'],
    });
    expect(denial).toEqual({
      code: 'CONSTRAINT_VIOLATED',
      reason: 'two reasons',
      reasons: [scope, expired],
      evidence: { constraints: ['a', 'b'] },
    });
    expect(Object.isFrozen(denial) && Object.isFrozen(denial.reasons)).toBe(true);
  });
});

describe('a denial prints', () => {
  it('as an indented tree of its reasons', () => {
    const tree = denyForAll('CONSTRAINT_VIOLATED', 'two reasons', [
      { ...scope, reasons: [deny('DELEGATOR_NOT_TRUSTED', 'no chain')] },
      expired,
    ]);
    expect(describeDenial(tree)).toBe(
      [
        'CONSTRAINT_VIOLATED (two reasons)',
        "  - DELEGATION_SCOPE (delegation del-1 does not give 'read')",
        '    - DELEGATOR_NOT_TRUSTED (no chain)',
        '  - DELEGATION_EXPIRED (delegation del-2 has expired)',
      ].join('\n'),
    );
    expect(new VerificationDeniedError('agent-bob', 'read', tree).message).toBe(
      `Agent 'agent-bob' is not allowed to do 'read': got ${describeDenial(tree)}\n` +
        'Grant the agent what is missing, or let another agent do the action. The trail records the denial.',
    );
  });

  it('on one line if it has one reason', () => {
    expect(new VerificationDeniedError('agent-bob', 'read', expired).message).toBe(
      "Agent 'agent-bob' is not allowed to do 'read': got DELEGATION_EXPIRED (delegation del-2 has expired). " +
        'Grant the agent what is missing, or let another agent do the action. The trail records the denial.',
    );
  });

  it('in at most 21 lines of at most 400 characters, and says how many reasons it leaves out', () => {
    const many: Denial[] = Array.from({ length: 1_000 }, (_, i) =>
      deny(i ? 'DELEGATION_SCOPE' : 'REVOKED', 'x'.repeat(10_000)),
    );
    const lines = describeDenial(denyForAll('CONSTRAINT_VIOLATED', '1000 reasons', many)).split('\n');
    expect(lines).toHaveLength(21);
    expect(lines.at(-1)).toBe('  … and 981 more');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(400);
  });

  it('even if its reasons are nested very deep', () => {
    let deep = scope;
    for (let i = 0; i < 1_000; i++) deep = { ...expired, reasons: [deep] };
    expect(describeDenial(deep).split('\n')).toHaveLength(21);
  });
});
