import { expect, it } from 'vitest';
import { Team } from './team.js';

it('draws agents as boxes, and connections with what they delegate', async () => {
  const team = await Team.make();
  const [alice, bob, carol] = [
    await team.agent('alice', { can: ['read_*', 'plan'] }),
    await team.agent('bob'),
    await team.agent('carol'),
  ];
  const builder = team.builder().addAgent(alice).addAgent(bob).addAgent(carol);
  const workflow = await builder.connect(alice, bob, ['read_*', 'plan']).connect(alice, carol).build();
  expect(workflow.toMermaid()).toBe(
    [
      'flowchart TD',
      '  n0["alice"]',
      '  n1["bob"]',
      '  n2["carol"]',
      '  n0 -->|"read_*, plan"| n1',
      '  n0 -->|"execute"| n2',
      '',
    ].join('\n'),
  );
});

it.each([
  'end',
  'a"] --> x["b',
  '`code`',
  'a|b',
  '<b>&amp;</b>',
  'line\nbreak',
  '#35;',
  '%%{init}%%',
  'Ünïcode 分析 🚀',
  'a;b',
])('keeps %j inside its label', async (name) => {
  const team = await Team.make();
  const agent = await team.agent('x', { can: ['a|b"]'] });
  const odd = Object.create(agent, { name: { value: name } });
  expect(odd.name).toBe(name);
  const { toMermaid } = await import('../../src/workflow/to-mermaid.js');
  const { WorkflowGraph } = await import('../../src/workflow/workflow-graph.js');
  const graph = new WorkflowGraph([odd], [{ fromAgent: odd, toAgent: odd, capabilities: ['a|b"]'] }]);
  const lines = toMermaid(graph).split('\n');
  expect(lines).toHaveLength(4);
  const label = /^ {2}n0\["([^"<>|`&%\n]*)"\]$/.exec(lines[1] as string)?.[1] as string;
  expect(label.replace(/#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)))).toBe(name);
  expect(lines[2]).toBe('  n0 -->|"a#124;b#34;#93;"| n0');
});
