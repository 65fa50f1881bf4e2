import type { AgentAnswer, AgentsAnswer } from '../../api.js';
import { attempt, chainEntry, pretty } from '../model/records.js';
import { Mark, Result, Time } from '../parts/common.js';
import { addressOf } from '../state.js';
import { useAnswer, Waiting } from './loading.js';

/** The list of agents. */
export function AgentsScreen() {
  const { data, problem } = useAnswer<AgentsAnswer>('agents');
  return (
    <div>
      <h1>Agents</h1>
      {!data && <Waiting problem={problem} />}
      {data && data.agents.length === 0 && <p>There is no agent.</p>}
      <ul class="plain">
        {data?.agents.map(({ agentId, authorityId, state }) => (
          <li key={agentId}>
            <a href={addressOf({ screen: 'agent', id: agentId })}>{agentId}</a> <Result is={state} />{' '}
            <span class="quiet">established by {authorityId}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** One agent: its chain as a tree, and what revoking it would stop. */
export function AgentScreen({ id }: { readonly id: string }) {
  const { data, problem } = useAnswer<AgentAnswer>(`agents/${encodeURIComponent(id)}`);
  if (!data)
    return (
      <div>
        <h1>Agent {id}</h1>
        <Waiting problem={problem} />
      </div>
    );
  const { stops, state } = data;
  return (
    <div class="agent">
      <h1>
        Agent {data.agentId} <Result is={state} />
      </h1>
      <div class="columns">
        <section aria-labelledby="chain-title">
          <h2 id="chain-title">Its chain</h2>
          <Fault fault={data.fault} />
          <ChainTree text={data.chain} />
          <details>
            <summary>Signed bytes</summary>
            <pre tabIndex={0} role="region" aria-label="Signed bytes of the chain">
              {pretty(data.chain)}
            </pre>
          </details>
        </section>
        <section aria-labelledby="stops-title">
          <h2 id="stops-title">What revoking it would stop</h2>
          <h3>Runs in progress: {stops.runs.length}</h3>
          <ul class="plain">
            {stops.runs.map((runId) => (
              <li key={runId}>
                <a href={addressOf({ screen: 'run', id: runId })}>{runId}</a>
              </li>
            ))}
          </ul>
          <h3>Agents that act by its delegation: {stops.agents.length}</h3>
          <ul class="plain">
            {stops.agents.map((agentId) => (
              <li key={agentId}>
                <a href={addressOf({ screen: 'agent', id: agentId })}>{agentId}</a>
              </li>
            ))}
          </ul>
          <h3>Delegations: {stops.delegations.length}</h3>
          <ul class="plain">
            {stops.delegations.map((delegation) => (
              <li key={delegation.id}>
                {delegation.from} to {delegation.to}: {delegation.capabilities.join(', ')}{' '}
                <span class="quiet">task {delegation.taskId}</span>
              </li>
            ))}
          </ul>
        </section>
      </div>
    </div>
  );
}

function Fault({ fault }: Pick<AgentAnswer, 'fault'>) {
  if (!fault)
    return (
      <p class="chain-check">
        <Mark is={true} /> Every signature in it is valid, and it is in force.
      </p>
    );
  return (
    <ul class="checks chain-check">
      <li data-passed="false">
        <Mark is={false} /> It is not as it was signed, or not in force: {fault.code}
        <div class="reason">{fault.reason}</div>
      </li>
    </ul>
  );
}

function ChainTree({ text }: { readonly text: string }) {
  const entry = chainEntry(text, 0);
  const chain = entry.kind === 'chain' ? entry.data : undefined;
  if (!chain) return <p class="failure">The chain cannot be read.</p>;
  const { genesis, capabilities, delegations, constraintEnvelope } = chain;
  const active = attempt(() => constraintEnvelope?.activeConstraints) ?? [];
  const limits = [
    ...new Set(active.map(({ value }) => (typeof value === 'string' ? value : JSON.stringify(value)))),
  ];
  return (
    <ul class="tree">
      <li>
        Authority {genesis.authorityId}
        <ul>
          <li>
            established {genesis.agentId}, <Time at={genesis.createdAt} />
            {genesis.expiresAt && (
              <>
                {' '}
                until <Time at={genesis.expiresAt} />
              </>
            )}
            <ul>
              {capabilities.map(({ id, capability, attesterId, constraints }) => (
                <li key={id}>
                  can <strong>{capability}</strong> <span class="quiet">attested by {attesterId}</span>
                  {constraints.length > 0 && <span> within {constraints.join(', ')}</span>}
                </li>
              ))}
              {delegations.map(({ id, delegatorId, capabilitiesDelegated }) => (
                <li key={id}>
                  received from {delegatorId}: {capabilitiesDelegated.join(', ')}
                </li>
              ))}
              {limits.map((limit) => (
                <li key={limit}>
                  limited by <strong>{limit}</strong>
                </li>
              ))}
            </ul>
          </li>
        </ul>
      </li>
    </ul>
  );
}
