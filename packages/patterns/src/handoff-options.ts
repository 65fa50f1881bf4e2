import { PatternContractError } from '@kaizen-eatp/core/errors';
import type { AgentHandle, DelegateOptions } from '@kaizen-eatp/core/plugin';
import { z } from 'zod';

/** The options of every pattern that passes work from one agent to the next. */
export const handoffOptions = {
  /**
   * Which capabilities an agent is delegated, by the agent's name. Default for each agent: all its capabilities that
   * the delegator can give, and `execute` ("do your own job") where the delegator can give none.
   */
  capabilities: z.record(z.string(), z.array(z.string()).min(1)).default({}),
  /** Constraints that are added to every delegation of the run. Default: none. */
  constraints: z.array(z.string()).default([]),
};

/** Handoff options as a pattern receives them. */
interface HandoffTerms {
  readonly capabilities: Readonly<Record<string, readonly string[]>>;
  readonly constraints: readonly string[];
}

/** Returns the options of a delegation to an agent; undefined where nothing differs from the default. */
export function handoffTo(
  { name }: AgentHandle,
  { capabilities, constraints }: HandoffTerms,
): DelegateOptions | undefined {
  const named = Object.hasOwn(capabilities, name) ? capabilities[name] : undefined;
  if (!named && constraints.length === 0) return undefined;
  return { constraints, ...(named && { capabilities: named }) };
}

/**
 * Refuses capabilities for an agent that the pattern does not delegate to. With a misspelt name the real agent would
 * be delegated everything that fits.
 *
 * @param receivers - the agents that the pattern delegates to.
 * @throws PatternContractError before any agent has acted.
 */
export function expectReceivers(
  pattern: string,
  receivers: readonly AgentHandle[],
  { capabilities }: HandoffTerms,
): void {
  const names = receivers.map(({ name }) => name);
  const stranger = Object.keys(capabilities).find((name) => !names.includes(name));
  if (stranger === undefined) return;
  throw new PatternContractError(
    `\`capabilities\` names '${stranger}', to which pattern '${pattern}' delegates nothing`,
    {
      expected: names.length > 0 ? `names among ${names.join(', ')}` : 'no names: one agent works alone',
      received: `'${stranger}'`,
      remedy: 'Correct the name, or omit it. The agent that leads acts by its own right.',
      evidence: { pattern, name: stranger },
    },
  );
}
