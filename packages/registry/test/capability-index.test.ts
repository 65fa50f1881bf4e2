import { capabilityCovers } from '@kaizen-eatp/core/plugin';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { CapabilityIndex } from '../src/capability-index.js';

interface Agent {
  sequence: number;
  load: number;
  capabilities: readonly string[];
}

// Few letters, so that patterns and actions meet often; several stars, as a chain from elsewhere may hold.
const name = fc.string({ unit: fc.constantFrom('a', 'b', '_', '*'), minLength: 1, maxLength: 6 });
const agents = fc
  .array(fc.tuple(fc.array(name, { maxLength: 4 }), fc.nat(3)), { maxLength: 12 })
  .map((all) => all.map(([capabilities, load], sequence): Agent => ({ sequence, load, capabilities })));

function found(index: CapabilityIndex<Agent>, action: string, order: 'registration' | 'load'): number[] {
  const sequences: number[] = [];
  for (let at = index.next(action, order); at; at = index.next(action, order, at))
    sequences.push(at.sequence);
  return sequences;
}

const covering = (all: readonly Agent[], action: string): Agent[] =>
  all.filter(({ capabilities }) => capabilities.some((capability) => capabilityCovers(capability, action)));

it('finds exactly the agents that capabilityCovers finds, in both orders', () => {
  fc.assert(
    fc.property(agents, name, (all, action) => {
      const index = new CapabilityIndex<Agent>();
      for (const agent of all) index.add(agent, agent.capabilities);
      const expected = covering(all, action);
      expect(found(index, action, 'registration')).toEqual(expected.map((agent) => agent.sequence));
      const byLoad = [...expected].sort((a, b) => a.load - b.load || a.sequence - b.sequence);
      expect(found(index, action, 'load')).toEqual(byLoad.map((agent) => agent.sequence));
    }),
    { numRuns: 2_000 },
  );
});

it('finds no agent that was taken out, in whatever order they came and went', () => {
  fc.assert(
    fc.property(agents, fc.array(fc.nat(11), { maxLength: 12 }), name, (all, gone, action) => {
      const index = new CapabilityIndex<Agent>();
      for (const agent of [...all].reverse()) index.add(agent, agent.capabilities);
      const left = all.filter((agent) => !gone.includes(agent.sequence));
      for (const agent of all) if (gone.includes(agent.sequence)) index.delete(agent, agent.capabilities);
      expect(found(index, action, 'registration')).toEqual(
        covering(left, action).map((agent) => agent.sequence),
      );
    }),
    { numRuns: 1_000 },
  );
});

it.each([
  ['read_data', 'read_data', true],
  ['read_*', 'read_data', true],
  ['*_data', 'read_data', true],
  ['read_*_data', 'read_my_data', true],
  ['ab*ba', 'aba', true],
  ['*', 'anything', true],
  ['read_*', 'write_data', false],
  ['read_*_data', 'read_my_date', false],
])('%s covers %s: %s', (capability, action, covers) => {
  const index = new CapabilityIndex<Agent>();
  index.add({ sequence: 0, load: 0, capabilities: [capability] }, [capability]);
  expect(found(index, action, 'registration')).toEqual(covers ? [0] : []);
});

it('looks up no more of an action than its longest capability has', () => {
  const index = new CapabilityIndex<Agent>();
  index.add({ sequence: 0, load: 0, capabilities: ['a*'] }, ['a*']);
  expect(found(index, 'a'.repeat(2_000_000), 'registration')).toEqual([0]);
});
