import type { ParallelOptions } from '@kaizen-eatp/patterns';
import { describe, expect, it, vi } from 'vitest';
import { type Cast, failureOf, grants, steps, world } from './harness.js';

const says = (name: string, more: Omit<Cast, 'agent'> = {}): Cast => ({
  agent: (input: unknown) => `${name}(${JSON.stringify(input)})`,
  ...more,
});
const fails: Cast = { agent: () => Promise.reject(new Error('no')) };

describe('parallel: A → [B, C, D] → E', () => {
  it('gives the source’s output to all branches, and their results to the last of four or more', async () => {
    const { run, trust } = await world({
      a: says('a'),
      b: says('b'),
      c: says('c'),
      d: says('d'),
      e: { agent: (x) => x },
    });
    const result = await run('parallel', 1);
    const branch = (name: string) => `${name}("a(1)")`;
    expect(result.result).toEqual({ b: branch('b'), c: branch('c'), d: branch('d') });
    const trail = steps(result);
    expect(trail[0]).toBe('a execute success');
    expect(trail.slice(1, 4).sort()).toEqual(['b execute success', 'c execute success', 'd execute success']);
    expect(trail.slice(4)).toEqual(['e execute success', 'a orchestration_complete success']);
    expect(grants(result).sort()).toEqual(['b', 'c', 'd', 'e'].map((name) => `a → ${name}: execute`));
    expect(result.delegations.every(({ delegationDepth }) => delegationDepth === 1)).toBe(true);
    expect(await trust.verifyTrail(result.runId)).toMatchObject({ valid: true, entries: 6 });
  });

  it('has no sink with three agents or less, or with `sink: null`: the results are the run’s', async () => {
    const three = await world({ a: says('a'), b: says('b'), c: says('c') });
    expect((await three.run('parallel', 1)).result).toEqual({ b: 'b("a(1)")', c: 'c("a(1)")' });
    const four = await world({ a: says('a'), b: says('b'), c: says('c'), d: says('d') });
    expect((await four.run('parallel', 1)).result).toMatch(/^d\(\{"b":.*"c":/);
    expect(
      Object.keys((await four.run('parallel', 1, { options: { sink: null } })).result as object),
    ).toEqual(['b', 'c', 'd']);
  });

  it('lets source and sink be named', async () => {
    const { run } = await world({ a: says('a'), b: says('b'), c: says('c') });
    const result = await run('parallel', 1, { options: { source: 'c', sink: 'a' } });
    expect(result.result).toBe('a({"b":"b(\\"c(1)\\")"})');
    expect(grants(result)).toEqual(['c → b: execute', 'c → a: execute']);
  });

  it('gives the run’s input to all agents with `source: null`; the first leads', async () => {
    const { run } = await world({ a: says('a'), b: says('b'), c: says('c'), d: says('d') });
    const result = await run('parallel', 1, { options: { source: null } });
    expect(result.result).toEqual({ a: 'a(1)', b: 'b(1)', c: 'c(1)', d: 'd(1)' });
    expect(grants(result).sort()).toEqual(['a → b: execute', 'a → c: execute', 'a → d: execute']);
  });

  it('lets the agent that leads be the sink if there is no source', async () => {
    const { run } = await world({ a: says('a'), b: says('b'), c: says('c') });
    const result = await run('parallel', 1, { options: { source: null, sink: 'a' } });
    expect(result.result).toBe('a({"b":"b(1)","c":"c(1)"})');
    expect(grants(result).sort()).toEqual(['a → b: execute', 'a → c: execute']);
  });

  it('runs the branches at the same time', async () => {
    let atWork = 0;
    let most = 0;
    const agent = async (): Promise<void> => {
      atWork += 1;
      most = Math.max(most, atWork);
      for (let i = 0; i < 5; i++) await new Promise(setImmediate);
      atWork -= 1;
    };
    const { run } = await world({ a: says('a'), b: { agent }, c: { agent }, d: { agent } });
    await run('parallel', 1, { options: { sink: null } });
    expect(most).toBe(3);
  });

  it('delegates the capabilities that both have, else "do your own job"', async () => {
    const { run } = await world({
      a: says('a', { capabilities: ['read_mail'] }),
      b: says('b', { capabilities: ['send_mail', 'read_mail'] }),
      c: says('c', { capabilities: ['send_mail'] }),
    });
    const result = await run('parallel', 1);
    expect(grants(result).sort()).toEqual(['a → b: read_mail', 'a → c: execute']);
  });

  it('fails under strictDelegation where there is no such capability', async () => {
    const c = vi.fn();
    const { run } = await world(
      {
        a: says('a', { capabilities: ['read_mail'] }),
        b: says('b', { capabilities: ['read_mail'] }),
        c: { agent: c },
      },
      { strictDelegation: true },
    );
    const { error, trace } = await failureOf(run('parallel', 1));
    expect(error.code).toBe('DELEGATION_REFUSED');
    expect(steps(trace)).toContain('b read_mail success');
    expect(c).not.toHaveBeenCalled();
  });

  it('passes constraints on', async () => {
    const { run } = await world({ a: says('a', { constraints: ['read_only'] }), b: says('b') });
    const result = await run('parallel', 1, { options: { constraints: ['audit_required'] } });
    expect(grants(result)).toEqual(['a → b: execute [read_only, audit_required]']);
  });

  describe('when a branch fails', () => {
    it('fails, but only when every branch has ended and is recorded', async () => {
      const slow: Cast = {
        agent: async () => {
          for (let i = 0; i < 5; i++) await new Promise(setImmediate);
          return 'slow';
        },
      };
      const { run, trust } = await world({ a: says('a'), b: fails, c: slow });
      const { error, trace } = await failureOf(run('parallel', 1));
      expect(error).toMatchObject({ code: 'AGENT_FAILED', evidence: { agentId: 'agent-b' } });
      expect(steps(trace)).toEqual([
        'a execute success',
        'b execute failure',
        'c execute success',
        'a orchestration_failed failure',
      ]);
      expect((await trust.verifyTrail(error.run!.runId)).valid).toBe(true);
    });

    it('collects, if asked to: results and failures by name', async () => {
      const { run } = await world({ a: says('a'), b: fails, c: says('c') });
      const { result } = await run('parallel', 1, { options: { onFailure: 'collect' } });
      expect(result).toEqual({
        b: { agent: 'b', status: 'rejected', code: 'AGENT_FAILED', reason: expect.stringContaining('no') },
        c: { agent: 'c', status: 'fulfilled', value: 'c("a(1)")' },
      });
    });

    it('collects what timed out as well', async () => {
      const hangs: Cast = { agent: () => new Promise(() => undefined) };
      const { run } = await world(
        { a: says('a'), b: hangs, c: says('c') },
        {},
        { limits: { invocationTimeout: 20 } },
      );
      const { result, auditTrail } = await run('parallel', 1, { options: { onFailure: 'collect' } });
      expect(result).toMatchObject({ b: { code: 'EXECUTION_TIMEOUT' }, c: { status: 'fulfilled' } });
      expect(steps({ auditTrail, delegations: [] })).toContain('b execute partial');
    });

    it('fails if nothing could be collected', async () => {
      const e = vi.fn();
      const { run } = await world({ a: says('a'), b: fails, c: fails, e: { agent: e } });
      const { error } = await failureOf(run('parallel', 1, { options: { onFailure: 'collect' } }));
      expect(error.code).toBe('AGENT_FAILED');
      expect(e).not.toHaveBeenCalled();
    });

    it('does not start a branch if the source fails', async () => {
      const b = vi.fn();
      const { run } = await world({ a: fails, b: { agent: b } });
      const { error, trace } = await failureOf(run('parallel', 1));
      expect(error.code).toBe('AGENT_FAILED');
      expect(trace.delegations).toEqual([]);
      expect(b).not.toHaveBeenCalled();
    });
  });

  describe('refuses', () => {
    it.each<[string, ParallelOptions, string]>([
      ['a source that is not there', { source: 'z' }, "'z'"],
      ['a sink that is not there', { sink: 'z' }, "'z'"],
      ['no branch', { source: 'a', sink: 'b' }, 'nothing to run in parallel'],
      ['one agent as source and sink', { source: 'a', sink: 'a' }, "'a'"],
    ])('%s, before any agent acts', async (_what, options, text) => {
      const agent = vi.fn();
      const two = { a: { agent }, b: { agent } };
      const cast = options.source === options.sink ? { ...two, c: { agent } } : two;
      const { run } = await world(cast);
      const { error, trace } = await failureOf(run('parallel', 1, { options }));
      expect(error).toMatchObject({
        code: 'PATTERN_CONTRACT_BROKEN',
        message: expect.stringContaining(text),
      });
      expect(agent).not.toHaveBeenCalled();
      expect(steps(trace)).toEqual(['a orchestration_failed failure']);
    });

    it.each([{ onFailure: 'ignore' }, { sinks: 'b' }, { constraints: [7] }])(
      'the options %j',
      async (options) => {
        const { run } = await world({ a: says('a'), b: says('b') });
        await expect(run('parallel', 1, { options: options as never })).rejects.toMatchObject({
          code: 'INVALID_PATTERN_OPTIONS',
        });
      },
    );
  });
});
