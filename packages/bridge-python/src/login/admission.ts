import { EatpError, type TrustOperations } from '@kaizen-eatp/core';
import { PARTICIPATION } from '@kaizen-eatp/core/plugin';
import { agentIdFor, jsonMember } from '@kaizen-eatp/core/records';
import type { Join } from '../protocol/frame-schemas.js';
import type { Enrolment, EnrolmentTokens } from './enrolment-tokens.js';
import { LoginRefused } from './login-refused.js';

/** Where an agent's genesis record holds the key by which it is known here: base64, signed with the record. */
export const KEY_FIELD = 'bridge_public_key';

/** An agent that was let in. */
export interface Admitted {
  readonly name: string;
  readonly agentId: string;
  /** Base64. */
  readonly publicKey: string;
}

/**
 * Refuses agents that cannot be let in whatever they sign: those whose chain names another key, and those that have
 * neither a chain nor a token that is for them. It stops at the first one, so that a JOIN costs a stranger's bridge one
 * look into the store.
 *
 * @throws LoginRefused.
 */
export async function expectInvited(
  trust: TrustOperations,
  tokens: EnrolmentTokens,
  join: Join,
): Promise<void> {
  const asked = identify(join);
  const keys = keysOf(asked);
  for (const agent of asked) {
    if (await isKnown(trust, agent)) continue;
    if (typeof join.token !== 'string') throw unknownAgents([agent]);
    tokens.expectValid(join.token, [agent.name], keys);
  }
}

function identify(join: Join): readonly Admitted[] {
  const asked = join.agents.map(({ name, public_key }) => ({
    name,
    agentId: agentIdFor(name),
    publicKey: Buffer.from(public_key).toString('base64'),
  }));
  if (new Set(asked.map(({ name }) => name)).size < asked.length)
    throw new LoginRefused('AGENT_UNKNOWN', 'an agent is named twice', 'Name each agent once.');
  return asked;
}

const keysOf = (agents: readonly Admitted[]): string =>
  agents.map(({ name, publicKey }) => `${name}=${publicKey}`).join('\n');

/**
 * Lets agents in by their trust: each is bound to its key by the signed metadata of its genesis record, or enrols with a
 * token, which gives it a chain that binds it. All that can be judged before is judged before a chain is made, and the token
 * is used only once a chain was made with it.
 *
 * @throws LoginRefused; then no agent is let in.
 */
export async function admit(
  trust: TrustOperations,
  tokens: EnrolmentTokens,
  join: Join,
): Promise<readonly Admitted[]> {
  const asked = identify(join);
  const unknown: Admitted[] = [];
  for (const agent of asked) {
    if (await isKnown(trust, agent)) await expectTrusted(trust, agent);
    else unknown.push(agent);
  }
  if (unknown.length === 0) return asked;
  const { token } = join;
  if (typeof token !== 'string') throw unknownAgents(unknown);
  const wanted = new Map(Object.entries(join.capabilities ?? {}));
  await tokens.use(
    token,
    unknown.map(({ name }) => name),
    keysOf(asked),
    async (enrolment, spend) => {
      for (const { name } of unknown) expectOffered(enrolment, name, wanted.get(name));
      for (const agent of unknown) {
        await enrol(trust, enrolment, agent, wanted.get(agent.name));
        spend();
      }
    },
  );
  for (const agent of unknown) await expectTrusted(trust, agent);
  return asked;
}

/** @throws LoginRefused `KEY_MISMATCH`. */
async function isKnown(trust: TrustOperations, { name, agentId, publicKey }: Admitted): Promise<boolean> {
  const chain = await trust.getChain(agentId);
  if (!chain) return false;
  const bound = jsonMember(chain.genesis.metadata, KEY_FIELD);
  if (bound === publicKey) return true;
  throw new LoginRefused(
    'KEY_MISMATCH',
    typeof bound === 'string'
      ? `agent '${name}' has another key than the one in its trust chain`
      : `the trust chain of agent '${name}' names no key for the bridge`,
    `Use the key that it enrolled with, or let the operator of the bridge replace the chain of '${agentId}'; a chain that is made by hand needs metadata: { ${KEY_FIELD} }.`,
  );
}

function unknownAgents(agents: readonly Admitted[]): LoginRefused {
  const names = agents.map(({ name }) => name);
  return new LoginRefused(
    'AGENT_UNKNOWN',
    `there is no trust chain for ${names.map((name) => `'${name}'`).join(', ')}`,
    'Join with an enrolment token: bridge.createEnrolmentToken({ authorityId, agents }).',
  );
}

/** @throws LoginRefused `CAPABILITY_NOT_OFFERED`. */
function expectOffered({ agents }: Enrolment, name: string, wanted: readonly string[] | undefined): void {
  const { capabilities: offered = [] } = agents.get(name) ?? {};
  const beyond = wanted?.find((capability) => !offered.includes(capability));
  if (beyond === undefined) return;
  throw new LoginRefused(
    'CAPABILITY_NOT_OFFERED',
    `the token does not offer '${beyond}' to agent '${name}'`,
    `Ask for a token that does, or for no more than ${offered.join(', ') || 'nothing'}.`,
  );
}

async function enrol(
  trust: TrustOperations,
  { authorityId, agents }: Enrolment,
  { name, agentId, publicKey }: Admitted,
  wanted: readonly string[] | undefined,
): Promise<void> {
  const { capabilities: offered = [], constraints = [] } = agents.get(name) ?? {};
  try {
    await trust.establish({
      agentId,
      authorityId,
      capabilities: wanted ?? offered,
      constraints,
      metadata: { [KEY_FIELD]: publicKey },
    });
  } catch (error) {
    // A token lets agents in that had no trust yet. It must not undo the decision to take an agent's trust away.
    if (error instanceof EatpError && error.code === 'AGENT_REVOKED') throw revoked(name, error.message);
    // The same worker, asking again because its answer was lost, may have been first.
    const raced = error instanceof EatpError && error.code === 'AGENT_ALREADY_ESTABLISHED';
    if (!raced || !(await isKnown(trust, { name, agentId, publicKey }))) throw error;
  }
}

const revoked = (name: string, reason: string): LoginRefused =>
  new LoginRefused(
    'AGENT_NOT_TRUSTED',
    `agent '${name}' is not trusted: ${reason}`,
    'An enrolment token does not bring a revoked agent back. Reinstate it first, or enrol it under another name.',
  );

async function expectTrusted(trust: TrustOperations, { name, agentId }: Admitted): Promise<void> {
  const { valid, reason } = await trust.verify({ agentId, action: PARTICIPATION });
  if (valid) return;
  throw new LoginRefused(
    'AGENT_NOT_TRUSTED',
    `agent '${name}' is not trusted: ${reason ?? 'no reason given'}`,
    'Establish its trust again, or omit it.',
  );
}
