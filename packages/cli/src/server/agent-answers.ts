import { delegationCodec, TrustLineageChain } from '@kaizen-eatp/core/records';
import type { StoredChain } from '@kaizen-eatp/core/store';
import type { AgentAnswer, AgentSummary, AgentsAnswer } from '@kaizen-eatp/viewer';
import { isPast } from '../commands/agent.js';
import { chainFault } from '../reading/chain-fault.js';
import { chainsOf } from '../reading/chains.js';
import { impactOfAgent } from '../reading/impact.js';
import { attempt } from '../reading/rows.js';
import { recordsOf, type Source } from './run-answers.js';

/** Lists the agents. */
export async function listAgents({ store }: Source): Promise<AgentsAnswer> {
  const agents: AgentSummary[] = [];
  for await (const stored of chainsOf(store)) agents.push(summaryOf(stored));
  return { agents };
}

/** Returns everything about one agent; undefined if there is none. */
export async function showAgent(source: Source, agentId: string): Promise<AgentAnswer | undefined> {
  const { store } = source;
  const [stored] = await store.readChains([agentId]);
  if (!stored) return undefined;
  const [impact, { authorities }, fault] = await Promise.all([
    impactOfAgent(store, agentId),
    recordsOf(source, [agentId]),
    chainFault(source.trust, agentId),
  ]);
  // An offer gives no right, so nothing stops with it.
  const given = impact.delegations.filter(({ offered }) => !offered);
  const delegations = await Promise.all(
    given.map(async ({ delegationId, delegatorId, delegateeId, taskId }) => {
      const [entry] = await store.readDelegationPath(delegationId);
      const record = entry && attempt(() => delegationCodec.decodeText(entry.text));
      const capabilities = record?.capabilitiesDelegated ?? [];
      return { id: delegationId, from: delegatorId, to: delegateeId, taskId, capabilities };
    }),
  );
  return {
    ...summaryOf(stored),
    chain: stored.text,
    fault: fault ? { code: fault.code, reason: fault.reason } : null,
    authorities,
    stops: {
      agents: [...new Set([...impact.agents, ...delegations.map(({ to }) => to)])].filter(
        (id) => id !== agentId,
      ),
      delegations,
      runs: [...new Set(impact.running.map(({ trailId }) => trailId))],
    },
  };
}

function summaryOf(stored: StoredChain): AgentSummary {
  const chain = attempt(() => TrustLineageChain.parse(stored.text));
  const expired = isPast(chain?.genesis.expiresAt);
  return {
    agentId: stored.agentId,
    authorityId: chain?.genesis.authorityId ?? '',
    state: stored.active ? (expired ? 'expired' : 'active') : 'revoked',
  };
}
