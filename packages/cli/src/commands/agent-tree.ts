import type { TrustLineageChain } from '@kaizen-eatp/core/records';
import { delegationCodec } from '@kaizen-eatp/core/records';
import type { LedgerEntry, StoredChain, TrustStore } from '@kaizen-eatp/core/store';
import { lastingDelegations } from '../reading/lasting.js';
import { attempt } from '../reading/rows.js';

const MAX_DEPTH = 20;

interface Node {
  readonly text: string;
  readonly children: readonly Node[];
}

/** Returns the chain of an agent as a tree: who authorises it, what it may do, and what was delegated or offered to and by it. */
export async function treeOf(
  store: TrustStore,
  stored: StoredChain,
  chain: TrustLineageChain,
): Promise<{ result: object; lines: string[] }> {
  const { genesis, capabilities, delegations } = chain;
  const agent: Node = {
    text: `agent ${stored.agentId}${stored.active ? '' : ' (revoked)'}`,
    children: [
      ...capabilities.map(({ capability, constraints, attesterId, expiresAt }) =>
        leaf(`can ${capability}${limits(constraints)} (attested by ${attesterId}${until(expiresAt)})`),
      ),
      ...delegations.map(({ id, delegatorId, capabilitiesDelegated, constraintSubset, expiresAt }) =>
        leaf(
          `lasting delegation from ${delegatorId}: ${capabilitiesDelegated.join(', ')}${limits(constraintSubset)}${until(expiresAt)} (${id})`,
        ),
      ),
      ...(await lastingBy(store, stored.agentId)),
      ...(await givenBy(store, stored.agentId, 1)),
      ...(await offersOf(store, stored.agentId)),
    ],
  };
  const root: Node = {
    text: `authority ${genesis.authorityId} (${genesis.authorityType})`,
    children: [agent],
  };
  return { result: root, lines: [root.text, ...draw(root.children, '')] };
}

/** The lasting delegations that an agent made, as the chains of their delegatees hold them. */
async function lastingBy(store: TrustStore, delegatorId: string): Promise<Node[]> {
  const made: Node[] = [];
  for await (const { agentId, record } of lastingDelegations(store)) {
    if (record.delegatorId !== delegatorId) continue;
    const { id, capabilitiesDelegated, constraintSubset, expiresAt } = record;
    const what = `${capabilitiesDelegated.join(', ')}${limits(constraintSubset)}${until(expiresAt)}`;
    made.push(leaf(`lasting delegation to ${agentId}: ${what} (${id})`));
  }
  return made;
}

/** The delegations of tasks and runs that an agent made and that are in force, with what was delegated under them. */
async function givenBy(store: TrustStore, agentId: string, depth: number): Promise<Node[]> {
  const entries = await store.findDelegations({ delegatorId: agentId, status: 'in_force' });
  return Promise.all(
    entries
      .filter((entry) => depth > 1 || entry.parentDelegationId === null)
      .map((entry) => nodeOf(store, entry, depth)),
  );
}

/** The lasting delegations that an agent offers, and those that it has not accepted yet. */
async function offersOf(store: TrustStore, agentId: string): Promise<Node[]> {
  const made = await store.findDelegations({ delegatorId: agentId, status: 'offered' });
  const received = await store.findDelegations({ delegateeId: agentId, status: 'offered' });
  return [
    ...made.map((entry) => leaf(`offers to ${entry.delegateeId}: ${contentOf(entry)}`)),
    ...received.map((entry) => leaf(`offered by ${entry.delegatorId}: ${contentOf(entry)}`)),
  ];
}

/** Describes an entry of the ledger: capabilities, limits and id. */
function contentOf({ text, delegationId }: LedgerEntry): string {
  const record = attempt(() => delegationCodec.decodeText(text));
  const what = record
    ? `${record.capabilitiesDelegated.join(', ')}${limits(record.constraintSubset)}${until(record.expiresAt)}`
    : 'an unreadable record';
  return `${what} (${delegationId})`;
}

async function nodeOf(store: TrustStore, entry: LedgerEntry, depth: number): Promise<Node> {
  const below =
    depth < MAX_DEPTH
      ? await store.findDelegations({ delegatorId: entry.delegateeId, status: 'in_force' })
      : [];
  const children = below.filter(({ parentDelegationId }) => parentDelegationId === entry.delegationId);
  return {
    text: `delegates to ${entry.delegateeId} for task ${entry.taskId}: ${contentOf(entry)}`,
    children: await Promise.all(children.map((child) => nodeOf(store, child, depth + 1))),
  };
}

const leaf = (text: string): Node => ({ text, children: [] });
const limits = (labels: readonly string[]): string => (labels.length > 0 ? ` [${labels.join(', ')}]` : '');
const until = (moment: string | null | undefined): string => (moment ? `, until ${moment}` : '');

function draw(nodes: readonly Node[], indent: string): string[] {
  return nodes.flatMap(({ text, children }, i) => {
    const isLast = i === nodes.length - 1;
    return [
      `${indent}${isLast ? '└─' : '├─'} ${text}`,
      ...draw(children, `${indent}${isLast ? '   ' : '│  '}`),
    ];
  });
}
