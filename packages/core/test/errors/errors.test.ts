import { EatpError, type ErrorCode } from '@kaizen-eatp/core';
import { describe as describeValue, ERROR_CODES } from '@kaizen-eatp/core/errors';
import { describe, expect, it, vi } from 'vitest';
import * as core from './core-names.js';
import { allSources } from './sources-with-codes.js';

const details = { expected: 'a thing', received: 'no thing', remedy: 'Do the thing.' };
type Make = () => EatpError;

/** How each error class is made: one maker, or one for each of its codes. */
const MAKERS: Record<string, readonly Make[]> = {
  EatpError: [() => new core.EatpError('INVALID_ARGUMENT', 's', details)],
  TrustError: [() => new core.TrustError('REVOKED', 's', details)],
  InvalidArgumentError: [() => new core.InvalidArgumentError('s', details)],
  UnsupportedValueError: [() => new core.UnsupportedValueError('$', details)],
  MalformedRecordError: (['MALFORMED_JSON', 'MALFORMED_RECORD'] as const).map(
    (c) => () => new core.MalformedRecordError(c, 's', details),
  ),
  KeyError: (['BAD_KEY', 'KEY_NOT_FOUND', 'KEY_FILE_UNSAFE', 'KEY_PASSPHRASE_WRONG'] as const).map(
    (c) => () => new core.KeyError(c, 's', details),
  ),
  AuthorityError: [
    ...(['AUTHORITY_NOT_FOUND', 'AUTHORITY_NOT_PERMITTED', 'AUTHORITY_ALREADY_EXISTS'] as const).map(
      (c) => () => new core.AuthorityError(c, 's', details),
    ),
  ],
  AgentAlreadyEstablishedError: [() => new core.AgentAlreadyEstablishedError('agent-bob')],
  TrustChainNotFoundError: [() => new core.TrustChainNotFoundError('agent-bob')],
  InvalidTrustChainError: [() => new core.InvalidTrustChainError('agent-bob', 'r')],
  CapabilityNotHeldError: [
    () => new core.CapabilityNotHeldError('agent-bob', 'read', []),
    () => new core.CapabilityNotHeldError('agent-bob', 'read', ['x']),
  ],
  DelegationError: ERROR_CODES.filter((c) => c.startsWith('DELEGATION_')).map(
    (c) => () => new core.DelegationError(c as never, 's', details),
  ),
  AgentNotTrustedError: [() => new core.AgentNotTrustedError('bob', 'r')],
  StoreError: (['STORE_CONFLICT', 'STORE_FAILED', 'TRAIL_FORK'] as const).map(
    (c) => () => new core.StoreError(c, 's', details),
  ),
  UnknownPatternError: [
    () => new core.UnknownPatternError('x', [], undefined),
    () => new core.UnknownPatternError('x', ['y'], 'y'),
  ],
  InvalidPatternOptionsError: [() => new core.InvalidPatternOptionsError('x', 'i')],
  PatternContractError: [() => new core.PatternContractError('s', details)],
  MissingRoleMethodError: [() => new core.MissingRoleMethodError('bob', ['vote'], [])],
  NoCapableAgentError: [
    () => new core.NoCapableAgentError('x'),
    () => new core.NoCapableAgentError('x', [{ agent: 'bob', reason: 'r' }]),
  ],
  UnknownToolError: [() => new core.UnknownToolError('bob', 'x', [])],
  PluginError: (['PLUGIN_INVALID', 'PLUGIN_INCOMPATIBLE', 'PLUGIN_FORBIDDEN'] as const).map(
    (c) => () => new core.PluginError(c, 's', details),
  ),
  AgentExecutionError: [() => new core.AgentExecutionError('agent-bob', 'run-1/1', new Error('x'))],
  AgentDisconnectedError: [() => new core.AgentDisconnectedError('bob', 'the cable was pulled')],
  ExecutionTimeoutError: [() => new core.ExecutionTimeoutError('The run', 5)],
  ExecutionCancelledError: [() => new core.ExecutionCancelledError('The run', undefined)],
  RevokedError: [() => new core.RevokedError('agent-bob', 'left')],
  VerificationDeniedError: [
    () => new core.VerificationDeniedError('agent-bob', 'read', { code: 'NO_CHAIN', reason: 'r' }),
  ],
  WorkflowValidationError: [() => new core.WorkflowValidationError([])],
  AgentRegistryError: (['AGENT_ALREADY_REGISTERED', 'AGENT_NOT_REGISTERED'] as const).map(
    (c) => () => new core.AgentRegistryError(c, 'agent-bob'),
  ),
  RoleOutputError: [() => new core.RoleOutputError('bob', 'voter', 'a vote', 'nothing')],
  CheckpointError: [
    () => core.CheckpointError.malformed('a checkpoint', 'nothing'),
    () => core.CheckpointError.inconsistent('10 leaves', '9 leaves'),
  ],
  ReceiptMalformedError: [
    () => new core.ReceiptMalformedError('format/1', 'x'),
    () => new core.ReceiptMalformedError('format/1', 'x', new Error('y')),
  ],
  PatternFailedError: [() => new core.PatternFailedError('x', 'y')],
  OutcomeNotRecordedError: (
    ['success', 'failure', 'cancelled', 'timed_out', 'revoked', 'unknown'] as const
  ).map(
    (outcome) => () =>
      new core.OutcomeNotRecordedError(
        { agentId: 'agent-bob', invocationId: 'run-1/1', outcome, isRetrying: outcome === 'success' },
        new core.StoreError('STORE_FAILED', 's', details),
      ),
  ),
  DurableRunError: [
    () => core.DurableRunError.suspended('run-1', 'it waits'),
    () => core.DurableRunError.diverged('run-1', 'step 1: x', 'y'),
    () => core.DurableRunError.notFound('run-1'),
    () => core.DurableRunError.required('run-1', 'wait'),
    () => core.DurableRunError.notApproved('agent-bob', 'pay', 'expired', 'run-1/1'),
    () => core.DurableRunError.notApproved('agent-bob', 'pay', 'rejected', 'run-1/1'),
  ],
  EventsDroppedError: [() => new core.EventsDroppedError('run-1', 5, 100)],
  PersonError: [() => core.PersonError.mismatch('run-1'), () => core.PersonError.keyMismatch()],
  InvocationError: [
    () => core.InvocationError.standaloneRequired('agent-bob', 'callTool', 'run-1/1'),
    () => core.InvocationError.contextRequired('run-1/1'),
    () => core.InvocationError.ended('agent-bob', 'run-1/1', 'callTool'),
    () => core.InvocationError.methodNotDeclared('bob', 'x', []),
    () => core.InvocationError.methodNotDeclared('bob', 'x', ['y']),
    () => core.InvocationError.nestingTooDeep('The run', 16),
  ],
  UnsupportedNodeError: [() => new core.UnsupportedNodeError('20.18.0')],
};

const classes = Object.entries(core).flatMap(([name, value]) =>
  typeof value === 'function' && (value === EatpError || value.prototype instanceof Error) ? [name] : [],
);

describe('error codes', () => {
  it('are all different', () => {
    expect(new Set(ERROR_CODES).size).toBe(ERROR_CODES.length);
  });

  it('are on every error class that the package exports', () => {
    expect(classes.length).toBeGreaterThan(20);
    expect(classes.filter((name) => !MAKERS[name])).toEqual([]);
    for (const name of classes) {
      for (const make of MAKERS[name] ?? []) {
        const error = make();
        expect(ERROR_CODES, name).toContain(error.code);
        expect(error.name).toBe(name);
      }
    }
  });

  it('are all used: some source throws an error with it', () => {
    const sources = allSources();
    const unused = ERROR_CODES.filter((code) => !new RegExp(`\\(\\s*'${code}'`).test(sources));
    expect(unused).toEqual([]);
  });

  it('are frozen on the error', () => {
    const error = new core.InvalidArgumentError('s', details);
    expect(() => {
      (error as { code: ErrorCode }).code = 'REVOKED';
    }).toThrow(TypeError);
    expect(Object.isFrozen(error.evidence)).toBe(true);
  });
});

describe('an error', () => {
  it('says what was expected, what came and what to do', () => {
    expect(new core.InvalidArgumentError('This is wrong', details).message).toBe(
      'This is wrong: expected a thing, got no thing. Do the thing.',
    );
    expect(new core.InvalidArgumentError('This is wrong', { remedy: 'Stop.' }).message).toBe(
      'This is wrong. Stop.',
    );
  });

  it.each(classes)('%s has a remedy, and prints every fact it carries', (name) => {
    for (const make of MAKERS[name] ?? []) {
      const error = make();
      expect(error.remedy).toMatch(/\S/);
      for (const fact of [error.remedy, error.expected, error.received])
        if (fact) expect(error.message).toContain(fact);
      expect(error.message).not.toMatch(/undefined|\[object/);
    }
  });

  it('keeps its cause, and has none if there is none', () => {
    const cause = new Error('x');
    expect(new core.InvalidArgumentError('s', { ...details, cause }).cause).toBe(cause);
    expect('cause' in new core.InvalidArgumentError('s', details)).toBe(false);
  });

  it('has a stack, as any Error', () => {
    const error = new core.RevokedError('agent-bob', 'left');
    expect(error).toBeInstanceOf(Error);
    expect(error.stack).toContain('errors.test.ts');
  });
});

describe('instanceof', () => {
  it('holds along the class tree and not across it', () => {
    const error = new core.TrustChainNotFoundError('agent-bob');
    for (const type of [core.TrustChainNotFoundError, core.TrustError, core.EatpError, Error])
      expect(error).toBeInstanceOf(type);
    for (const type of [core.StoreError, core.InvalidTrustChainError, core.InvalidArgumentError])
      expect(error).not.toBeInstanceOf(type);
  });

  it('holds between two copies of the package, both ways', async () => {
    vi.resetModules();
    const other = (await import('./core-names.js')) as typeof core;
    expect(other.StoreError).not.toBe(core.StoreError);
    const theirs = new other.StoreError('TRAIL_FORK', 's', details);
    const ours = new core.StoreError('TRAIL_FORK', 's', details);
    for (const [error, copy] of [
      [theirs, core],
      [ours, other],
    ] as const) {
      expect(error instanceof copy.StoreError).toBe(true);
      expect(error instanceof copy.EatpError).toBe(true);
      expect(error instanceof copy.TrustError).toBe(false);
    }
  });

  it.each([
    new Error('StoreError'),
    { name: 'StoreError', code: 'STORE_FAILED' },
    null,
    undefined,
    'StoreError',
  ])('does not take %s for one of ours', (value) => {
    expect((value as unknown) instanceof core.EatpError).toBe(false);
    expect((value as unknown) instanceof core.StoreError).toBe(false);
  });
});

describe('describe', () => {
  it.each<[unknown, string]>([
    [null, 'null'],
    [undefined, 'undefined'],
    ['text', '"text"'],
    ['x'.repeat(100), `"${'x'.repeat(57)}…"`],
    [[1, 2], 'an array of 2'],
    [new Date(0), 'an object of type Date'],
    [Object.create(null), 'an object of type null prototype'],
    [function named() {}, 'a function named'],
    [5, 'number 5'],
    [5n, 'bigint 5'],
    [Symbol('s'), 'symbol Symbol(s)'],
  ])('%o is %s', (value, text) => {
    expect(describeValue(value)).toBe(text);
  });
});
