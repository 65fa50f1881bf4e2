import { MalformedRecordError } from '../errors/index.js';
import { isJsonObject, isNumberLiteral, jsonMember } from '../wire/index.js';
import type { AuditAnchor } from './audit-anchor.js';

/** The usage that an agent reported. */
export interface AgentUsage {
  /** Tokens of models. */
  readonly tokens: number;
  /** Money, in the currency of the deployment. */
  readonly cost: number;
}

/** The usage that the agents of a run reported: all together, and each by itself. */
export interface RunUsage extends AgentUsage {
  /** The usage of each agent that reported any, by the agent's id. */
  readonly agents: Readonly<Record<string, AgentUsage>>;
}

/**
 * Adds up the usage that anchors contain.
 *
 * @throws MalformedRecordError if a usage is not as an outcome has it.
 */
export function sumUsage(anchors: Iterable<AuditAnchor>): RunUsage {
  const total = new UsageTotal();
  for (const anchor of anchors) total.add(anchor.agentId, usageIn(anchor));
  return total.usage;
}

/** Returns the usage that an anchor contains; undefined if its agent reported none. @throws MalformedRecordError. */
export function usageIn({ id, context }: AuditAnchor): AgentUsage | undefined {
  const usage = jsonMember(context, 'usage');
  if (usage === undefined) return undefined;
  const [tokens, cost] = [amountIn(usage, 'tokens'), amountIn(usage, 'cost')];
  // A row can be changed, and a usage below zero would enlarge a budget.
  if (isJsonObject(usage) && isAmount(tokens) && isAmount(cost)) return { tokens, cost };
  throw new MalformedRecordError('MALFORMED_RECORD', `The usage in anchor ${id} cannot be read`, {
    expected: 'tokens and cost, each at least 0',
    received: JSON.stringify(usage),
    remedy: 'Verify the trail: the row was changed. Restore it from a backup.',
    evidence: { anchorId: id },
  });
}

/** Adds usage up, per agent and altogether. */
export class UsageTotal {
  readonly #agents = new Map<string, AgentUsage>();

  /** Adds what an agent used; does nothing if that is undefined. */
  add(agentId: string, used: AgentUsage | undefined): void {
    if (used) this.#agents.set(agentId, plus(this.#agents.get(agentId), used));
  }

  /** The usage so far. */
  get usage(): RunUsage {
    let total = plus(undefined, { tokens: 0, cost: 0 });
    for (const used of this.#agents.values()) total = plus(total, used);
    return Object.freeze({ ...total, agents: Object.freeze(Object.fromEntries(this.#agents)) });
  }
}

const plus = (one: AgentUsage | undefined, other: AgentUsage): AgentUsage =>
  Object.freeze({ tokens: (one?.tokens ?? 0) + other.tokens, cost: (one?.cost ?? 0) + other.cost });

/** An amount such as `1e-07` keeps the digits in which it was signed. */
function amountIn(usage: unknown, name: string): unknown {
  const amount = jsonMember(usage, name);
  if (amount === undefined) return 0;
  return isNumberLiteral(amount) ? Number(amount.rawJSON) : amount;
}

const isAmount = (value: unknown): value is number =>
  typeof value === 'number' && value >= 0 && value <= Number.MAX_SAFE_INTEGER;
