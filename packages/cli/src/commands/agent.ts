import { TrustChainNotFoundError } from '@kaizen-eatp/core/errors';
import { genesisConstraints, TrustLineageChain, timestampToMillis } from '@kaizen-eatp/core/records';
import type { StoredChain } from '@kaizen-eatp/core/store';
import { usage } from '../errors.js';
import { counted, fields, table } from '../output/lines.js';
import { chainsOf } from '../reading/chains.js';
import { attempt } from '../reading/rows.js';
import type { Session } from '../session/session.js';
import type { Outcome } from '../spec/command-spec.js';
import type { Given } from '../spec/given.js';
import { treeOf } from './agent-tree.js';

/** Creates the chain of an agent. */
export async function establish(session: Session, given: Given): Promise<Outcome> {
  const trust = await session.trust();
  const agentId = given.argument(0);
  const capabilities = given.list('capabilities');
  const constraints = given.list('constraints');
  const expiresAt = given.moment('expires', Date.now(), 'ahead');
  const chain = await trust.establish({
    agentId,
    authorityId: given.required('authority'),
    capabilities: capabilities.length > 0 ? capabilities : ['access'],
    ...(constraints.length > 0 && { constraints }),
    ...(expiresAt && { expiresAt }),
    protocolCapabilities: !given.isOff('protocolCapabilities'),
  });
  const names = chain.capabilities.map(({ capability }) => capability);
  return {
    result: {
      agent_id: agentId,
      authority_id: chain.genesis.authorityId,
      capabilities: names,
      genesis_id: chain.genesis.id,
      chain_hash: chain.hash(),
    },
    lines: [
      'Agent established.',
      ...fields([
        ['Agent', agentId],
        ['Authority', chain.genesis.authorityId],
        ['Capabilities', names.join(', ')],
        ['Constraints', constraints.join(', ') || undefined],
        ['Expires', chain.genesis.expiresAt],
        ['Genesis', chain.genesis.id],
      ]),
    ],
  };
}

/** Lists the agents. */
export async function list(session: Session, given: Given): Promise<Outcome> {
  const agents: { row: string[]; json: object }[] = [];
  for await (const stored of chainsOf(await session.store())) {
    if (!stored.active && !given.flag('all')) continue;
    const chain = attempt(() => TrustLineageChain.parse(stored.text));
    const state = stateOf(stored, chain);
    agents.push({
      row: [
        stored.agentId,
        chain?.genesis.authorityId ?? '?',
        state,
        chain?.capabilities.map(({ capability }) => capability).join(', ') ?? '?',
      ],
      json: {
        agent_id: stored.agentId,
        authority_id: chain?.genesis.authorityId ?? null,
        capabilities: chain?.capabilities.length ?? 0,
        delegations: chain?.delegations.length ?? 0,
        expired: state === 'expired',
        state,
      },
    });
  }
  return {
    result: { agents: agents.map(({ json }) => json), total: agents.length },
    lines: [
      counted(agents.length, 'agent'),
      ...table(
        ['agent', 'authority', 'state', 'capabilities'],
        agents.map(({ row }) => row),
      ),
    ],
  };
}

/** Shows one agent. */
export async function show(session: Session, given: Given): Promise<Outcome> {
  const agentId = given.argument(0);
  const store = await session.store();
  const [stored] = await store.readChains([agentId]);
  if (!stored) throw new TrustChainNotFoundError(agentId);
  const chain = TrustLineageChain.parse(stored.text);
  const [revocation] = await store.readRevocations('agent', [agentId]);
  const tree = given.flag('tree') ? await treeOf(store, stored, chain) : undefined;
  const { genesis, capabilities, delegations } = chain;
  const state = stateOf(stored, chain);
  return {
    result: {
      agent_id: agentId,
      authority_id: genesis.authorityId,
      authority_type: genesis.authorityType,
      created_at: genesis.createdAt,
      expires_at: genesis.expiresAt ?? null,
      expired: state === 'expired',
      state,
      capabilities: capabilities.map(({ capability, capabilityType, constraints, expiresAt }) => ({
        name: capability,
        type: capabilityType,
        expired: isPast(expiresAt),
        constraints,
      })),
      delegations: delegations.map((delegation) => ({
        id: delegation.id,
        from: delegation.delegatorId,
        to: delegation.delegateeId,
        capabilities: delegation.capabilitiesDelegated,
        constraints: delegation.constraintSubset,
      })),
      constraints: genesisConstraints(genesis),
      chain_hash: chain.hash(),
      ...(revocation && { revoked_at: revocation.at, revocation_reason: revocation.reason }),
      ...(tree && { tree: tree.result }),
    },
    lines: tree?.lines ?? [
      `Agent ${agentId}`,
      ...fields([
        ['Authority', `${genesis.authorityId} (${genesis.authorityType})`],
        ['State', revocation ? `${state}: ${revocation.reason}` : state],
        ['Created', genesis.createdAt],
        ['Expires', genesis.expiresAt ?? 'never'],
        ['Chain hash', chain.hash()],
      ]),
      `  ${counted(capabilities.length, 'capability', 'capabilities')}:`,
      ...capabilities.map(
        ({ capability, constraints, expiresAt }) =>
          `    ${capability}${constraints.length > 0 ? ` [${constraints.join(', ')}]` : ''}${isPast(expiresAt) ? ' (expired)' : ''}`,
      ),
      `  ${counted(delegations.length, 'lasting delegation')}:`,
      ...delegations.map(
        ({ id, delegatorId, capabilitiesDelegated }) =>
          `    ${id} from ${delegatorId}: ${capabilitiesDelegated.join(', ')}`,
      ),
    ],
  };
}

/** Lists the agents, or shows the one that was named: the reference's command. */
export function status(session: Session, given: Given): Promise<Outcome> {
  return given.optional(0) === undefined ? list(session, given) : show(session, given);
}

/** Whether a moment has passed; false without one. */
export const isPast = (moment: string | null | undefined): boolean =>
  typeof moment === 'string' && timestampToMillis(moment) <= Date.now();

function stateOf(stored: StoredChain, chain: TrustLineageChain | undefined): string {
  if (!chain) return 'unreadable';
  if (!stored.active) return 'revoked';
  return isPast(chain.genesis.expiresAt) ? 'expired' : 'active';
}

/** @throws CliError `COMMAND_USAGE` for a list that holds nothing. */
export function expectItems(items: readonly string[], option: string): readonly string[] {
  if (items.length > 0) return items;
  throw usage(`${option} names nothing`, { expected: 'a list separated by commas' });
}
