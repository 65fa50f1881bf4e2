import type { DelegationRecord } from '@kaizen-eatp/core';
import { DelegationError, TrustChainNotFoundError } from '@kaizen-eatp/core/errors';
import { carriedBinding } from '@kaizen-eatp/core/records';
import type { Intent, TrustStore } from '@kaizen-eatp/core/store';
import type { OpenStore } from '../session/open-store.js';
import { lastingDelegations } from './lasting.js';
import { rowsOf } from './rows.js';

/** A delegation that a revocation would end. */
export type EndedDelegation = Pick<DelegationRecord, 'delegatorId' | 'delegateeId' | 'taskId'> & {
  /** The id of the delegation. */
  readonly delegationId: string;
  /** The delegation that it was made under. */
  readonly parentDelegationId: string | null;
  /** Whether it is written into a chain. */
  readonly lasting: boolean;
  /** Whether it is a lasting delegation that its delegatee has not accepted yet. */
  readonly offered: boolean;
};

/** The agents, delegations and running calls that a revocation would end. */
export interface Impact {
  /** Agents whose chains would no longer be in force. */
  readonly agents: readonly string[];
  /** Delegations and offers that would end, those under them included. */
  readonly delegations: readonly EndedDelegation[];
  /** Calls in progress that would be stopped. */
  readonly running: readonly Intent[];
  /** For a single delegation, the agent that it was made to. */
  readonly delegateeId?: string | undefined;
  /** For a person, whether the store has data or delegations of the person. */
  readonly isKnown?: boolean;
}

/** Returns what revoking an agent would end. @throws TrustChainNotFoundError. */
export async function impactOfAgent(store: OpenStore, agentId: string): Promise<Impact> {
  const [stored] = await store.readChains([agentId]);
  if (!stored) throw new TrustChainNotFoundError(agentId);
  const concerns = (each: EndedDelegation): boolean =>
    each.delegatorId === agentId || (each.delegateeId === agentId && !each.lasting);
  const found = await impact(store, concerns, [agentId]);
  return stored.active ? found : { ...found, agents: found.agents.filter((id) => id !== agentId) };
}

/** Returns what revoking a delegation would end. @throws DelegationError `DELEGATION_NOT_FOUND`. */
export async function impactOfDelegation(store: OpenStore, delegationId: string): Promise<Impact> {
  const found = await impact(store, (each) => each.delegationId === delegationId, []);
  const [entry] = await store.readDelegationPath(delegationId);
  const own = found.delegations.find((each) => each.delegationId === delegationId);
  if (entry ?? own) return { ...found, delegateeId: entry?.delegateeId ?? own?.delegateeId };
  throw new DelegationError('DELEGATION_NOT_FOUND', `There is no delegation '${delegationId}'`, {
    remedy: 'List the delegations of an agent: kaizen-eatp agent show AGENT --tree',
    evidence: { delegationId },
  });
}

/** Returns what revoking a person's delegations would end. The person is found by the stored disclosures. */
export async function impactOfHuman(store: OpenStore, humanId: string): Promise<Impact> {
  const persons = new Set<string>();
  for await (const row of rowsOf(store, 'disclosure')) {
    const origin = JSON.parse(String(row.text)) as { human_id?: unknown };
    if (origin.human_id === humanId) persons.add(String(row.person));
  }
  const ids = new Set<string>();
  for (const person of persons)
    for (const status of ['in_force', 'offered'] as const)
      for (const entry of await store.findDelegations({ person, status })) ids.add(entry.delegationId);
  for await (const { record } of lastingDelegations(store)) {
    const { person } = carriedBinding(record) ?? {};
    const isTheirs = record.delegatorId === `pseudo:${humanId}` || record.humanOrigin?.humanId === humanId;
    if (isTheirs || (person && persons.has(person))) ids.add(record.id);
  }
  const found = await impact(store, (each) => ids.has(each.delegationId), []);
  return { ...found, isKnown: persons.size + ids.size > 0 };
}

/** The answer for a person of whom nothing is stored. */
export const UNKNOWN_PERSON =
  "The store knows no such person: the id is misspelt, or the person's data was erased before.";

async function impact(
  store: OpenStore,
  concerns: (each: EndedDelegation) => boolean,
  agents: readonly string[],
): Promise<Impact> {
  const all = await open(store);
  const ended = new Map<string, EndedDelegation>();
  const endedAgents = new Set(agents);
  let wave = all.filter(concerns);
  while (wave.length > 0) {
    for (const each of wave) ended.set(each.delegationId, each);
    // A chain that was derived from an ended delegation ends with it.
    for await (const { record, derives, agentId } of lastingDelegations(store))
      if (derives && ended.has(record.id)) endedAgents.add(agentId);
    wave = all.filter(
      (each) =>
        !ended.has(each.delegationId) &&
        ((each.parentDelegationId !== null && ended.has(each.parentDelegationId)) ||
          endedAgents.has(each.delegatorId)),
    );
  }
  const running = (await store.openIntents()).filter(
    ({ agentId, delegationId }) =>
      endedAgents.has(agentId) || (delegationId !== null && ended.has(delegationId)),
  );
  return { agents: [...endedAgents], delegations: [...ended.values()], running };
}

/** All delegations in force, those of tasks and runs and the lasting ones, and those that are offered. */
async function open(store: OpenStore): Promise<EndedDelegation[]> {
  const found: EndedDelegation[] = [];
  for await (const row of rowsOf(store, 'delegation')) {
    if (row.status !== 'in_force' && row.status !== 'offered') continue;
    found.push({
      delegationId: String(row.delegation_id),
      delegatorId: String(row.delegator_id),
      delegateeId: String(row.delegatee_id),
      taskId: String(row.task_id),
      parentDelegationId: row.parent_delegation_id === null ? null : String(row.parent_delegation_id),
      lasting: false,
      offered: row.status === 'offered',
    });
  }
  for await (const { record } of lastingDelegations(store as TrustStore)) {
    const { id, delegatorId, delegateeId, taskId, parentDelegationId = null } = record;
    const names = { delegationId: id, delegatorId, delegateeId, taskId, parentDelegationId };
    found.push({ ...names, lasting: true, offered: false });
  }
  return found;
}
