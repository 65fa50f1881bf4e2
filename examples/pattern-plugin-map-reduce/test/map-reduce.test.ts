import { scriptedAgent, trustWorld } from '@kaizen-eatp/testing';
import { describePatternConformance } from '@kaizen-eatp/testing/vitest';
import { describe, expect, it } from 'vitest';
import { MapReduce } from '../src/index.js';

const countWords = (lines: readonly string[]): number => lines.join(' ').split(/\s+/).filter(Boolean).length;
const add = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0);

const agents = {
  reducer: { agent: scriptedAgent(add), capabilities: ['count', 'add'] },
  alice: { agent: scriptedAgent(countWords), capabilities: ['count'] },
  bob: { agent: scriptedAgent(countWords), capabilities: ['count'] },
};
const lines = ['one two three', 'four five', 'six', 'seven eight', 'nine ten'];

describePatternConformance(MapReduce, {
  // Three chunks: alice has the first and the third.
  agents: { reducer: {}, alice: { calls: 2 }, bob: {} },
  options: { chunk: 1 },
  otherOptions: { chunk: 2, capability: 'work' },
  input: (mark) => [`${mark} one`, `${mark} two`, `${mark} three`],
});

describe('map_reduce', () => {
  it('maps in chunks and reduces in order, and leaves a verified trail', async () => {
    const { runtime, trust } = await trustWorld({ agents });
    const run = runtime([MapReduce]);
    const result = await run.execute(lines, {
      pattern: 'map_reduce',
      options: { chunk: 2, capability: 'count' },
    });
    expect(result.result).toBe(10);
    expect(agents.reducer.agent.calls.map((call) => call.input)).toEqual([[5, 3, 2]]);
    expect(agents.alice.agent.calls.map((call) => call.input)).toEqual([lines.slice(0, 2), lines.slice(4)]);
    expect(agents.bob.agent.calls.map((call) => call.input)).toEqual([lines.slice(2, 4)]);
    const given = result.delegations.map((d) => [d.delegatorId, d.delegateeId, d.capabilitiesDelegated]);
    expect(given).toEqual([
      ['agent-reducer', 'agent-alice', ['count']],
      ['agent-reducer', 'agent-bob', ['count']],
    ]);
    await expect(result).toHaveVerifiedTrail(trust);
  });

  it('delegates every capability that fits if none is named', async () => {
    const { runtime } = await trustWorld({
      agents: {
        reducer: { agent: scriptedAgent(add), capabilities: ['count', 'add'] },
        alice: { agent: scriptedAgent(countWords), capabilities: ['read', 'add', 'count'] },
      },
    });
    const { delegations } = await runtime([MapReduce]).execute(lines, {
      pattern: 'map_reduce',
      options: { chunk: 10 },
    });
    expect(delegations.map((d) => d.capabilitiesDelegated)).toEqual([['add', 'count']]);
  });

  it('requires a list, a mapper, and a chunk of at least one item', async () => {
    const { runtime } = await trustWorld({ agents });
    const run = runtime([MapReduce]);
    const chunked = { pattern: 'map_reduce', options: { chunk: 1 } } as const;
    await expect(run.execute('no list', chunked)).rejects.toHaveErrorCode('INVALID_ARGUMENT');
    const none = { pattern: 'map_reduce', options: { chunk: 0 } } as const;
    await expect(run.execute(lines, none)).rejects.toHaveErrorCode('INVALID_PATTERN_OPTIONS');
    const alone = runtime([MapReduce], { only: ['reducer'] });
    await expect(alone.execute(lines, chunked)).rejects.toHaveErrorCode('PATTERN_CONTRACT_BROKEN');
  });
});
