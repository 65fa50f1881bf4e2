import { TrustedAgent } from '../agent/trusted-agent.js';
import type { Authority } from '../chain/index.js';
import { InvalidArgumentError, isEatpError } from '../errors/index.js';
import { deploymentOf, type TrustOperations } from '../trust/trust-operations.js';
import { Unreadable } from '../trust/verify/parsed-records.js';
import type { ParsedAgent } from './deployment-options.js';

/** How often the chain is read again because another process has changed it meanwhile. */
const ATTEMPTS = 10;

/**
 * Makes an agent of a deployment, and creates its chain if there is none. To a chain that is there, only capabilities that
 * it lacks are added; a revoked chain stays revoked.
 *
 * @throws InvalidArgumentError if the chain belongs to another authority, or a capability has other constraints.
 */
export async function ensureAgent(
  trust: TrustOperations,
  authority: Authority,
  name: string,
  definition: ParsedAgent,
): Promise<TrustedAgent> {
  const { agent: source, id, tools, methods, interrupted, requiresApproval, ...chain } = definition;
  const agent = new TrustedAgent({
    name,
    trust,
    agent: source,
    ...(id !== undefined && { id }),
    ...(tools !== undefined && { tools }),
    ...(methods !== undefined && { methods }),
    ...(interrupted !== undefined && { interrupted }),
    ...(requiresApproval !== undefined && { requiresApproval }),
  });
  for (let attempt = 1; ; attempt++) {
    try {
      await ensureChain(trust, authority, agent, chain);
      await agent.refresh();
      return agent;
    } catch (error) {
      const raced = isEatpError(error, 'AGENT_ALREADY_ESTABLISHED') || isEatpError(error, 'STORE_CONFLICT');
      if (!raced || attempt === ATTEMPTS) throw error;
    }
  }
}

type ChainDefinition = Omit<
  ParsedAgent,
  'agent' | 'id' | 'tools' | 'methods' | 'interrupted' | 'requiresApproval'
>;

async function ensureChain(
  trust: TrustOperations,
  authority: Authority,
  { id: agentId, name }: TrustedAgent,
  definition: ChainDefinition,
): Promise<void> {
  const deployment = deploymentOf(trust);
  const stored = await deployment.storedChain(agentId);
  if (!stored) {
    await trust.establish({ ...definition, agentId, authorityId: authority.id });
    return;
  }
  const evidence = deployment.chainEvidence(stored);
  // Verification says why such a chain gives no rights; nothing here reactivates it.
  if (!stored.active || evidence instanceof Unreadable || evidence.isExpired(deployment.now())) return;
  const { genesis, capabilities: attested } = evidence.chain;
  if (genesis.authorityId !== authority.id)
    throw differs(name, 'the authority', `'${authority.id}'`, `'${genesis.authorityId}'`);
  const missing = definition.capabilities.filter(({ capability, constraints = [] }) => {
    const held = attested.find((each) => each.capability === capability);
    if (!held) return true;
    const wanted = sorted([...constraints, ...(definition.constraints ?? [])]);
    if (wanted !== sorted(held.constraints))
      throw differs(
        name,
        `the constraints of '${capability}'`,
        wanted || 'none',
        sorted(held.constraints) || 'none',
      );
    return false;
  });
  if (missing.length === 0) return;
  const { constraints } = definition;
  await trust.reattest({ agentId, capabilities: missing, ...(constraints && { constraints }) });
}

const sorted = (labels: readonly string[]): string => [...new Set(labels)].sort().join(', ');

const differs = (name: string, what: string, expected: string, received: string): InvalidArgumentError =>
  new InvalidArgumentError(`Agent '${name}' has a chain, and ${what} in it differs`, {
    expected,
    received,
    remedy:
      'Pass what the chain has, change the chain with reattest(), or choose another `id` for the agent.',
  });
