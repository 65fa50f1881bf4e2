import type { WorkflowGraph } from './workflow-graph.js';

/** Returns a mermaid flowchart: a box for each agent, an arrow with its capabilities for each connection. */
export function toMermaid(graph: WorkflowGraph): string {
  const ids = new Map(graph.agents.map((agent, i) => [agent, `n${i}`]));
  const boxes = graph.agents.map((agent) => `  ${ids.get(agent)}["${escapeLabel(agent.name)}"]`);
  const arrows = graph.connections.map(({ fromAgent, toAgent, capabilities }) => {
    const label = capabilities.map(escapeLabel).join(', ');
    return `  ${ids.get(fromAgent)} -->|"${label}"| ${ids.get(toAgent)}`;
  });
  return `${['flowchart TD', ...boxes, ...arrows].join('\n')}\n`;
}

/** Replaces every character that could end a label, or have a meaning inside one, by mermaid's `#code;`. */
const escapeLabel = (text: string): string =>
  text.replace(/[^\p{L}\p{M}\p{N} _.*,-]/gu, (character) => `#${character.codePointAt(0)};`);
