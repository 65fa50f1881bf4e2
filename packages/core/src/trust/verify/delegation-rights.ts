import { earlier, type Timestamp } from '../../wire/index.js';
import { capabilityContains, EXECUTE } from './capability-match.js';
import type { ParsedChain, ParsedDelegation } from './parsed-records.js';

/** The limits that a delegator passes on: those of its chain and those it acts under. */
export const inheritedLabels = (
  delegator: ParsedChain,
  parent: ParsedDelegation | undefined,
): readonly string[] =>
  parent ? [...new Set([...delegator.labels, ...parent.record.constraintSubset])] : delegator.labels;

/**
 * Whether an agent may do something under a path of delegations (leaf first; none: by its own right).
 *
 * A delegation that names capabilities gives those and no others. A delegation of `execute` means "do your own job":
 * the agent's own capabilities, as far as the delegations above allow. Any delegation includes the right to be invoked
 * (`execute`).
 *
 * @param now - the moment of the act, in milliseconds since the epoch.
 */
export function mayDo(
  now: number,
  agent: ParsedChain,
  path: readonly ParsedDelegation[],
  action: string,
): boolean {
  const owns = agent.matchCapability(action, now) !== undefined;
  const [leaf, ...above] = path;
  if (!leaf) return owns;
  if (names(leaf, action)) return true;
  if (action === EXECUTE) return owns;
  return isOwnJob(leaf) && owns && withinScope(above, action);
}

/** The earliest expiry of the capabilities that a lasting delegation depends on. */
export function endOfRights(
  now: number,
  delegator: ParsedChain,
  capabilities: readonly string[],
): Timestamp | null {
  const ends = capabilities.map((capability) => delegator.matchCapability(capability, now)?.expiresAt);
  return ends.reduce<Timestamp | null>((first, end) => earlier(first, end), null);
}

function withinScope(path: readonly ParsedDelegation[], action: string): boolean {
  return path.every((link) => isOwnJob(link) || names(link, action));
}

const names = (link: ParsedDelegation, action: string): boolean =>
  link.record.capabilitiesDelegated.some((capability) => capabilityContains(capability, action));

const isOwnJob = (link: ParsedDelegation): boolean => link.record.capabilitiesDelegated.includes(EXECUTE);
