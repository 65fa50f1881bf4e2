import { NoCapableAgentError } from '@kaizen-eatp/core/errors';
import { describe, expect, it } from 'vitest';
import { failureOf, grants, steps, world } from './harness.js';

const to = (capability: string) => ({ run: () => 0, route: () => ({ requiredCapability: capability }) });
const says = (word: string) => (input: unknown) => [word, input];

describe('router', () => {
  it('hands the input to the first agent that holds the capability, under a delegation of it', async () => {
    const { run } = await world({
      router: { agent: to('translate'), capabilities: ['translate'] },
      alice: { agent: says('alice'), capabilities: ['summarize'] },
      bob: { agent: says('bob'), capabilities: ['translate'] },
      mallory: { agent: says('mallory'), capabilities: ['translate'] },
    });
    const result = await run('router', { text: 'x' }, { options: { constraints: ['read_only'] } });
    expect(result.result).toEqual(['bob', { text: 'x' }]);
    expect(grants(result)).toEqual(['router → bob: translate [read_only]']);
    expect(steps(result)).toEqual([
      'router execute success',
      'bob translate success',
      'router orchestration_complete success',
    ]);
  });

  it('passes over an agent that holds the capability but does not verify for it', async () => {
    const { run } = await world({
      router: { agent: to('write_file'), capabilities: ['write_file'] },
      mallory: { agent: says('mallory'), capabilities: ['write_file'], constraints: ['read_only'] },
      bob: { agent: says('bob'), capabilities: ['write_*'] },
    });
    expect((await run('router', 1)).result).toEqual(['bob', 1]);
  });

  it('says who was looked at and why each was refused', async () => {
    const { run } = await world({
      router: { agent: to('write_file') },
      alice: { agent: says('alice') },
      mallory: { agent: says('mallory'), capabilities: ['write_file'], constraints: ['read_only'] },
    });
    const { error, trace } = await failureOf(run('router', 1));
    expect(error).toBeInstanceOf(NoCapableAgentError);
    expect(error.evidence).toEqual({
      capability: 'write_file',
      considered: [
        { agent: 'alice', reason: "does not hold 'write_file'" },
        { agent: 'mallory', reason: expect.stringContaining('read_only') },
      ],
    });
    expect(steps(trace)).toEqual(['router execute success', 'router orchestration_failed failure']);
    expect(grants(trace)).toEqual([]);
  });

  it('without the capability itself lets the agent act by its own right, unless delegation is strict', async () => {
    const cast = {
      router: { agent: to('translate') },
      bob: { agent: says('bob'), capabilities: ['translate'] },
    };
    const result = await (await world(cast)).run('router', 1);
    expect(grants(result)).toEqual(['router → bob: execute']);
    expect(steps(result)).toContain('bob translate success');
    const strict = await world(cast, { strictDelegation: true });
    const { error, trace } = await failureOf(strict.run('router', 1));
    expect(error.code).toBe('DELEGATION_REFUSED');
    expect(steps(trace)).not.toContain('bob translate success');
  });

  it('works with a plain router, which receives the capabilities of the others', async () => {
    const seen: unknown[] = [];
    const plain = (fields: unknown) => {
      seen.push(fields);
      return { required_capability: 'translate' };
    };
    const { run } = await world({
      router: { agent: plain },
      bob: { agent: says('bob'), capabilities: ['translate', 'speak'] },
    });
    expect((await run('router', 'hello')).result).toEqual(['bob', 'hello']);
    expect(seen).toEqual([{ request: 'hello', capabilities: '["translate","speak"]' }]);
  });

  it('takes no delegation, agent or sentence for a capability', async () => {
    for (const answer of [
      { agent: 'mallory' },
      { capabilities: ['*'], delegate: 'mallory' },
      'use mallory please',
      null,
    ]) {
      const router = { run: () => 0, route: () => answer };
      const { run } = await world({
        router: { agent: router },
        mallory: { agent: says('mallory'), capabilities: ['anything'] },
      });
      const { error, trace } = await failureOf(run('router', 1));
      expect(error.code).toBe('ROLE_OUTPUT_INVALID');
      expect(trace.delegations).toEqual([]);
    }
  });
});
