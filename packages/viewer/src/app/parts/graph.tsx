import { useMemo } from 'preact/hooks';
import { type AgentNode, countsOf, type DelegationEdge, graphOf, short } from '../model/graph-model.js';
import type { Model } from '../model/receipt-model.js';
import { contextText, verdictOf } from '../model/records.js';
import { select, selected, selectedAgent } from '../state.js';

/** Calls a function for Enter and Space, as a button does. */
const onKey = (act: () => void) => (event: KeyboardEvent) => {
  if (event.key !== 'Enter' && event.key !== ' ') return;
  event.preventDefault();
  act();
};

/** The agents of a run, and the delegations between them. */
export function DelegationGraph({ model }: { readonly model: Model }) {
  const graph = useMemo(() => graphOf(model), [model]);
  const chosen = model.anchors.find(({ key }) => key === selected.value);
  const agentId = selectedAgent.value ?? chosen?.data?.agentId;
  const delegationId = contextText(chosen?.data, 'delegation_id');
  return (
    <section class="graph" aria-labelledby="graph-title">
      <h2 id="graph-title">Who delegated what to whom</h2>
      <div class="scroll" tabIndex={0} role="group" aria-label="Delegation graph, scrollable">
        <svg
          width={graph.width}
          height={graph.height}
          viewBox={`0 0 ${graph.width} ${graph.height}`}
          role="group"
          aria-label={`${graph.nodes.length} agents and ${graph.edges.length} delegations`}
        >
          <defs>
            <marker
              id="arrow"
              viewBox="0 0 10 10"
              refX="9"
              refY="5"
              markerUnits="userSpaceOnUse"
              markerWidth="10"
              markerHeight="10"
              orient="auto"
            >
              <path d="M0 0L10 5L0 10z" class="arrowhead" />
            </marker>
          </defs>
          {graph.edges.map((edge) => (
            <Edge
              key={edge.entry.key}
              edge={edge}
              isChosen={edge.entry.key === selected.value || edge.entry.data?.id === delegationId}
            />
          ))}
          {graph.nodes.map((node) => (
            <Node key={node.id} node={node} isChosen={node.id === agentId} />
          ))}
        </svg>
      </div>
    </section>
  );
}

function Edge({ edge, isChosen }: { readonly edge: DelegationEdge; readonly isChosen: boolean }) {
  const { entry, points, label, labelAt, from, to } = edge;
  const choose = (): void => select(entry.key);
  const path = points.map(({ x, y }, i) => `${i === 0 ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`).join('');
  const verdict = verdictOf(entry);
  return (
    <g
      class={`edge ${verdict === false ? 'bad' : 'good'} ${isChosen ? 'chosen' : ''}`}
      role="button"
      tabindex={0}
      aria-pressed={isChosen}
      aria-label={`${label.join(' ')}: delegation from ${from} to ${to}${verdict === false ? ', invalid' : ''}`}
      onClick={choose}
      onKeyDown={onKey(choose)}
    >
      <path d={path} marker-end="url(#arrow)" />
      <text x={labelAt.x} y={labelAt.y - (label.length - 1) * 13 - 5} text-anchor="middle">
        {label.map((line, i) => (
          <tspan key={line} x={labelAt.x} dy={i === 0 ? 0 : 13}>
            {i === 0 ? line : ` ${line}`}
          </tspan>
        ))}
      </text>
    </g>
  );
}

function Node({ node, isChosen }: { readonly node: AgentNode; readonly isChosen: boolean }) {
  const { id, x, y, width, height, denials, failures, isBad } = node;
  const choose = (): void => select(undefined, id);
  const state = isBad ? 'bad' : denials > 0 ? 'denied' : failures > 0 ? 'failure' : 'good';
  const mark = isBad ? '✗ ' : '';
  const counts = countsOf(node);
  return (
    <g
      class={`node ${state} ${isChosen ? 'chosen' : ''}`}
      role="button"
      tabindex={0}
      aria-pressed={isChosen}
      aria-label={`${mark}${short(id)} ${counts}: agent ${id}${isBad ? ', one of its records is invalid' : ''}`}
      onClick={choose}
      onKeyDown={onKey(choose)}
    >
      <rect x={x - width / 2} y={y - height / 2} width={width} height={height} rx="6" />
      <text x={x} y={y - 3} text-anchor="middle">
        <tspan class="name">{`${mark}${short(id)}`}</tspan>
        <tspan x={x} dy={17}>{` ${counts}`}</tspan>
      </text>
    </g>
  );
}
