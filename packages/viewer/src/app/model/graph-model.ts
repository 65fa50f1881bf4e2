import * as dagre from '@dagrejs/dagre';
import type { Model } from './receipt-model.js';
import { type AnchorEntry, contextText, type DelegationEntry, type Entry, verdictOf } from './records.js';

/** An agent in the graph. */
export interface AgentNode {
  readonly id: string;
  readonly acts: number;
  readonly denials: number;
  readonly failures: number;
  /** Whether one of its records is invalid. */
  readonly isBad: boolean;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A delegation in the graph. */
export interface DelegationEdge {
  readonly entry: DelegationEntry;
  readonly from: string;
  readonly to: string;
  readonly label: readonly string[];
  readonly points: readonly { readonly x: number; readonly y: number }[];
  readonly labelAt: { readonly x: number; readonly y: number };
}

/** The agents and delegations of a run, with their places. */
export interface Graph {
  readonly nodes: readonly AgentNode[];
  readonly edges: readonly DelegationEdge[];
  readonly width: number;
  readonly height: number;
}

const NODE_HEIGHT = 46;
const CHAR = 7.2;
/** The longest text in the graph; the whole text is in the list and the details. */
const MAX_TEXT = 32;
/** More delegations than this between the same two agents are drawn as one arrow. */
const MAX_EDGES = 600;

/** Cuts a string for the graph. */
export const short = (text: string): string =>
  text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT - 1)}…` : text;

/** The acts of an agent, in words. */
export function countsOf({
  acts,
  denials,
  failures,
}: Pick<AgentNode, 'acts' | 'denials' | 'failures'>): string {
  const parts = [acts === 1 ? '1 act' : `${acts} acts`];
  if (denials > 0) parts.push(`${denials} denied`);
  if (failures > 0) parts.push(`${failures} failed`);
  return parts.join(', ');
}

/** Lays the graph of a run out. */
export function graphOf({
  anchors,
  delegations,
  others,
}: Pick<Model, 'anchors' | 'delegations' | 'others'>): Graph {
  const agents = countAgents(anchors, delegations, others);
  const graph = new dagre.graphlib.Graph({ multigraph: true });
  graph.setGraph({ rankdir: 'LR', nodesep: 14, ranksep: 40, edgesep: 6, marginx: 12, marginy: 12 });
  for (const [id, counts] of agents)
    graph.setNode(id, {
      width: Math.max(90, short(id).length * CHAR + 34, countsOf(counts).length * CHAR + 16),
      height: NODE_HEIGHT,
    });
  const drawn = delegations.slice(0, MAX_EDGES).filter(({ data }) => data);
  for (const entry of drawn) {
    const { delegatorId, delegateeId } = entry.data as NonNullable<typeof entry.data>;
    const label = labelOf(entry);
    const width = Math.max(...label.map((line) => line.length)) * 6.2 + 10;
    graph.setEdge(delegatorId, delegateeId, { width, height: label.length * 13, labelpos: 'c' }, entry.key);
  }
  dagre.layout(graph);
  const { width = 0, height = 0 } = graph.graph() as { width?: number; height?: number };
  const nodes = [...agents.values()].map((agent) => {
    const place = graph.node(agent.id) as { x: number; y: number; width: number; height: number };
    return { ...agent, x: place.x, y: place.y, width: place.width, height: place.height };
  });
  const edges = drawn.map((entry) => {
    const { delegatorId: from, delegateeId: to } = entry.data as NonNullable<typeof entry.data>;
    const place = graph.edge(from, to, entry.key) as {
      points: { x: number; y: number }[];
      x?: number;
      y?: number;
    };
    const middle = place.points[Math.floor(place.points.length / 2)] ?? { x: 0, y: 0 };
    const labelAt = { x: place.x ?? middle.x, y: place.y ?? middle.y };
    return { entry, from, to, label: labelOf(entry), points: place.points, labelAt };
  });
  return { nodes, edges, width: Math.max(width, 200), height: Math.max(height, 80) };
}

function labelOf({ data }: DelegationEntry): string[] {
  const { capabilitiesDelegated = [], constraintSubset = [] } = data ?? {};
  const lines = [short(capabilitiesDelegated.join(', ') || 'nothing')];
  if (constraintSubset.length > 0) lines.push(short(`limits: ${constraintSubset.join(', ')}`));
  return lines;
}

type Counts = Omit<AgentNode, 'x' | 'y' | 'width' | 'height'>;

function countAgents(
  anchors: readonly AnchorEntry[],
  delegations: readonly DelegationEntry[],
  others: readonly Entry[],
): ReadonlyMap<string, Counts> {
  const agents = new Map<string, { -readonly [K in keyof Counts]: Counts[K] }>();
  const agent = (id: string) => {
    const found = agents.get(id) ?? { id, acts: 0, denials: 0, failures: 0, isBad: false };
    agents.set(id, found);
    return found;
  };
  for (const { data } of delegations)
    if (data) {
      agent(data.delegatorId);
      agent(data.delegateeId);
    }
  for (const entry of anchors) {
    if (!entry.data) continue;
    const counts = agent(entry.data.agentId);
    if (contextText(entry.data, 'invocation_id') !== undefined) counts.acts += 1;
    if (entry.data.result === 'denied') counts.denials += 1;
    if (entry.data.result === 'failure') counts.failures += 1;
    if (verdictOf(entry) === false) counts.isBad = true;
  }
  for (const entry of others)
    if (entry.kind === 'chain' && entry.data && verdictOf(entry) === false)
      agent(entry.data.agentId).isBad = true;
  return agents;
}
