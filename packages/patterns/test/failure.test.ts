import { EatpError, type ErrorCode, InMemoryKeyManager } from '@kaizen-eatp/core';
import { DelegationError } from '@kaizen-eatp/core/errors';
import type { AgentHandle, PatternExecution, ShareOptions } from '@kaizen-eatp/core/plugin';
import { describe, expect, it } from 'vitest';
import { AllAgentsFailedError } from '../src/all-agents-failed-error.js';
import { endsRun, recordFailure } from '../src/failure.js';
import { failureOf, world } from './harness.js';

const coded = (code: ErrorCode): EatpError =>
  new EatpError(code, 'it broke', { expected: 'it whole', received: 'pieces', remedy: 'Mend it.' });

const running = { signal: new AbortController().signal } as PatternExecution;

describe('what ends a run, whichever agents may fail in it', () => {
  it.each<ErrorCode>([
    'STORE_FAILED',
    'STORE_CONFLICT',
    'OUTCOME_NOT_RECORDED',
    'TRAIL_FORK',
    'SIGNING_FAILED',
    'EXECUTION_CANCELLED',
  ])('is %s', (code) => {
    expect(endsRun(running, coded(code))).toBe(true);
  });

  it('is an error that is not coded, since what agents throw always is', () => {
    expect(endsRun(running, new TypeError('x is undefined'))).toBe(true);
  });

  it('is anything once the run was stopped', () => {
    expect(endsRun({ signal: AbortSignal.abort() } as PatternExecution, coded('AGENT_FAILED'))).toBe(true);
  });

  it.each<ErrorCode>([
    'AGENT_FAILED',
    'EXECUTION_TIMEOUT',
    'VERIFICATION_DENIED',
    'REVOKED',
    'DELEGATION_REFUSED',
    'ROLE_OUTPUT_INVALID',
  ])('is not %s', (code) => {
    expect(endsRun(running, coded(code))).toBe(false);
  });

  it.each([
    ['parallel', { onFailure: 'collect' }],
    ['supervisor_worker', {}],
    ['ensemble', {}],
    ['consensus', {}],
  ] as const)('%s does not go on when a delegation could not be signed', async (pattern, options) => {
    let hasFailed = false;
    const keyManager = new (class extends InMemoryKeyManager {
      override sign(text: string, keyId: string) {
        if (hasFailed || !text.includes('"delegatee_id":"agent-alice"')) return super.sign(text, keyId);
        hasFailed = true;
        throw new Error('the key service is away for a moment');
      }
    })();
    const agent = () => ({ tasks: ['a', 'b'], proposal: 'p', vote: 'approve' });
    const made = await world(
      { supervisor: { agent }, alice: { agent }, bob: { agent }, synthesizer: { agent } },
      { keyManager },
    );
    const { error } = await failureOf(made.run(pattern, 'in', { options: options as never }));
    expect(hasFailed).toBe(true);
    expect(error.code).toBe('SIGNING_FAILED');
  });
});

describe('what is recorded of a failure', () => {
  const leader = { name: 'alice' } as AgentHandle;

  async function recordsOf(error: EatpError): Promise<ShareOptions[]> {
    const records: ShareOptions[] = [];
    const share: PatternExecution['share'] = async (_agent, value, options) => {
      records.push(options);
      return value;
    };
    const failure = { agent: 'bob', code: error.code, reason: error.message };
    await recordFailure({ share } as PatternExecution, leader, 'worker_failed', failure, error);
    return records;
  }

  it.each<ErrorCode>(['VERIFICATION_DENIED', 'AGENT_FAILED', 'EXECUTION_TIMEOUT', 'REVOKED'])(
    'is nothing for %s, which the guard recorded',
    async (code) => {
      expect(await recordsOf(coded(code))).toEqual([]);
    },
  );

  it('is a failure, or a denial where trust refused it, with the event and the agent', async () => {
    const details = { event: 'worker_failed', agent: 'bob' };
    expect(await recordsOf(coded('ROLE_OUTPUT_INVALID'))).toEqual([
      { action: 'execute', result: 'failure', details: { ...details, code: 'ROLE_OUTPUT_INVALID' } },
    ]);
    const refused = new DelegationError('DELEGATION_REFUSED', 'no', { remedy: 'Ask.' });
    expect(await recordsOf(refused)).toEqual([
      { action: 'execute', result: 'denied', details: { ...details, code: 'DELEGATION_REFUSED' } },
    ]);
  });
});

describe('the error of a run in which every agent failed', () => {
  const failures = (count: number) =>
    Array.from({ length: count }, (_, i) => ({
      agent: `expert_${i}`,
      code: 'AGENT_FAILED' as const,
      reason: 'out of paper',
    }));

  it.each([
    [1, 1, false],
    [5, 5, false],
    [7, 5, '; and 2 more'],
  ])('of %i names %i of them', (count, named, more) => {
    const error = new AllAgentsFailedError('expert', failures(count));
    expect(error.received?.match(/AGENT_FAILED/g)).toHaveLength(named);
    if (more) expect(error.received).toContain(more);
    else expect(error.received).not.toContain('more');
    expect(error.failures).toEqual(failures(count));
  });
});
