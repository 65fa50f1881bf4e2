import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';
import type { FailedRun } from '@kaizen-eatp/core';
import {
  AgentExecutionError,
  attachRun,
  OutcomeNotRecordedError,
  StoreError,
  WorkflowValidationError,
} from '@kaizen-eatp/core/errors';
import { describe, expect, it } from 'vitest';

const details = { remedy: 'Do it.' };
const record = {
  id: 'aud-1',
  agentId: 'agent-bob',
  context: { task_id: 'task-1', invocation_id: 'run-1/1' },
};
const run = {
  runId: 'run-1',
  taskId: 'task-1',
  auditTrail: Array(200).fill(record),
  delegations: [record],
} as unknown as FailedRun;
const failure = () => new StoreError('STORE_FAILED', 'The disk failed', details);

describe('attachRun', () => {
  it('sets the run on the error itself, where it is not enumerable and prints in one line', () => {
    const error = failure();
    expect(attachRun(error, run)).toBe(error);
    expect(error.run).toEqual(run);
    expect(Object.keys(error)).toEqual(['code']);
    expect(inspect(error.run)).toBe('FailedRun run-1 of task task-1 (200 anchors, 1 delegation)');
  });

  it('replaces the run of an inner run by that of the outer one', () => {
    const error = attachRun(failure(), { ...run, runId: 'run-inner' });
    expect(attachRun(error, run).run.runId).toBe('run-1');
  });

  it.each([
    ['frozen', Object.freeze(failure())],
    ['a proxy that refuses', new Proxy(failure(), { defineProperty: () => false })],
    [
      'a proxy that throws',
      new Proxy(failure(), {
        defineProperty: () => {
          throw new Error('trap');
        },
      }),
    ],
  ])('returns an equal error with the run if the error is %s', (_kind, error) => {
    const carrier = attachRun(error, run);
    expect(carrier.run.runId).toBe('run-1');
    expect(carrier).toBeInstanceOf(StoreError);
    expect(carrier).toMatchObject({ code: 'STORE_FAILED', message: error.message, remedy: error.remedy });
    expect(error.run).toBeUndefined();
    expect(inspect(carrier)).toContain('200 anchors');
  });
});

describe('an error prints', () => {
  it('its text, its code, its run in one line and its cause', () => {
    const error = attachRun(
      new StoreError('STORE_FAILED', 's', { ...details, cause: new TypeError('x') }),
      run,
    );
    const text = inspect(error);
    expect(text).toMatch(/^StoreError: s\. Do it\.\n {4}at /);
    expect(text).toContain("code: 'STORE_FAILED'");
    expect(text).toContain('run: FailedRun run-1 of task task-1 (200 anchors, 1 delegation)');
    expect(text).toMatch(/\[cause\]: TypeError: x/);
  });

  it('in few lines, however much evidence and cause there is', () => {
    const large = Array.from({ length: 1_000 }, (_, i) => ({
      i,
      text: 'x'.repeat(1_000),
      deep: { a: { b: {} } },
    }));
    const cause = Object.assign(new Error('x'), { response: large, ...Object.fromEntries(large.entries()) });
    const error = new StoreError('STORE_FAILED', 's', { ...details, evidence: { large }, cause });
    const text = inspect(error);
    expect(text.split('\n').length).toBeLessThan(120);
    expect(text.length).toBeLessThan(20_000);
    expect(JSON.stringify(error).length).toBeLessThan(20_000);
  });

  it('nothing but its name and code where it is nested too deep', () => {
    expect(inspect({ a: { b: { c: { d: failure() } } } }, { depth: 2 })).toContain('[Object]');
    expect(inspect([failure()], { depth: 0 })).toContain('[StoreError: STORE_FAILED]');
  });

  it('as JSON with its text and facts, whatever the facts are', () => {
    const cycle: Record<string, unknown> = { id: 5n };
    cycle.self = cycle;
    const error = new StoreError('STORE_FAILED', 's', { ...details, received: 'x', evidence: { cycle } });
    expect(JSON.parse(JSON.stringify(error))).toMatchObject({
      name: 'StoreError',
      code: 'STORE_FAILED',
      message: 's: got x. Do it.',
      received: 'x',
      remedy: 'Do it.',
      evidence: { cycle: { id: '5n' } },
    });
  });

  it('at most 30 of the problems of a workflow', () => {
    const problems = Array.from({ length: 500 }, (_, i) => ({
      kind: 'UNKNOWN_AGENT' as const,
      message: `no agent ${i}`,
      agents: [],
    }));
    const error = new WorkflowValidationError(problems);
    expect(error.problems).toBe(problems);
    expect(error.message.split('\n')).toHaveLength(33);
    expect(error.message).toContain('  30. no agent 29\n  … and 470 more\nCorrect them all');
  });

  it('in few lines when it is uncaught', async () => {
    const script = `
      import { AgentExecutionError, attachRun, VerificationDeniedError } from '@kaizen-eatp/core/errors';
      const reasons = Array(300).fill({ code: 'DELEGATION_SCOPE', reason: 'no', evidence: { delegationId: 'del-1' } });
      const denied = new VerificationDeniedError('agent-bob', 'read', { code: 'REVOKED', reason: 'no', reasons });
      const record = { id: 'aud-1', context: { a: { b: { c: 1 } } } };
      const run = { runId: 'run-1', taskId: 't', auditTrail: Array(300).fill(record), delegations: [record] };
      throw attachRun(new AgentExecutionError('agent-bob', 'run-1/1', attachRun(denied, run)), run);`;
    const stderr = await new Promise<string>((resolve) => {
      execFile(
        process.execPath,
        ['--input-type=module', '--eval', script],
        { cwd: fileURLToPath(new URL('../..', import.meta.url)) },
        (_error, _stdout, text) => resolve(text),
      );
    });
    expect(stderr).toContain("Agent 'agent-bob' failed");
    expect(stderr).toContain('… and 281 more');
    expect(stderr.split('\n').length).toBeLessThan(90);
  });
});

describe('OutcomeNotRecordedError', () => {
  const facts = {
    agentId: 'agent-pay',
    invocationId: 'run-1/2',
    outcome: 'success',
    isRetrying: true,
  } as const;
  const cause = new StoreError('STORE_FAILED', 'The disk is full', {
    received: 'ENOSPC',
    remedy: 'Free space, then repeat the call.',
  });

  it('says that the action may have been done, and never to repeat it', () => {
    const error = new OutcomeNotRecordedError(facts, cause);
    expect(error).toMatchObject({ ...facts, code: 'OUTCOME_NOT_RECORDED', cause });
    expect(error.message).toBe(
      "Agent 'agent-pay' did the action, and the outcome could not be recorded: got STORE_FAILED (The disk is full: " +
        'ENOSPC). Check the system that the agent acted on before you let any agent do this action again. This ' +
        'process keeps trying to record the outcome.',
    );
    for (const outcome of ['failure', 'cancelled', 'timed_out', 'revoked', 'unknown'] as const) {
      const { message } = new OutcomeNotRecordedError(
        { ...facts, outcome, isRetrying: false },
        new Error('x'),
      );
      expect(message).toContain('may have done');
      expect(message).toContain('Call recover()');
      expect(message).not.toMatch(/repeat/i);
    }
  });

  it('is no StoreError: code that writes again after one would let the action be done again', () => {
    expect(new OutcomeNotRecordedError(facts, cause)).not.toBeInstanceOf(StoreError);
  });
});

it('an agent error prints and says few lines of a message of many', () => {
  const error = new AgentExecutionError('agent-bob', 'run-1/1', new Error('line\n'.repeat(900)));
  expect(error.message.split('\n').length).toBeLessThan(45);
  expect(inspect(error).split('\n').length).toBeLessThan(90);
});

it('an agent error prints its cause once, with the stack', () => {
  const text = inspect(new AgentExecutionError('agent-bob', 'run-1/1', new RangeError('too far')));
  expect(text.match(/RangeError: too far\n {6}at /g)).toHaveLength(1);
});
