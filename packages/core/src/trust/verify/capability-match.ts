import { DelegationError, describe, InvalidArgumentError } from '../../errors/index.js';

/** The right to take part at all. Attested to every agent in addition to the requested capabilities. */
export const PARTICIPATION = 'orchestration_participation';
/** The right to do its own job when invoked. Attested to every agent in addition to the requested capabilities. */
export const EXECUTE = 'execute';
/** The two capabilities of the protocol itself: taking part in an orchestration, and doing one's own job. */
export const PROTOCOL_CAPABILITIES: readonly string[] = [PARTICIPATION, EXECUTE];

/** Whether a capability covers an action: exactly, or by one `*` (`*`, `read_*`, `*_admin`, `read_*_data`). */
export function capabilityCovers(pattern: string, action: string): boolean {
  if (pattern === action || pattern === '*') return true;
  const star = pattern.indexOf('*');
  if (star < 0) return false;
  // The reference looks at the end of the pattern first, so a second star can be part of a literal prefix.
  if (pattern.endsWith('*')) return action.startsWith(pattern.slice(0, -1));
  if (star === 0) return action.endsWith(pattern.slice(1));
  const [prefix, suffix, more] = pattern.split('*') as [string, string, string?];
  return more === undefined && action.startsWith(prefix) && action.endsWith(suffix);
}

/**
 * Whether a capability covers everything that another one covers, as it must if the other one is delegated. A name with
 * two stars is certain to be covered only by itself, since the reference does not read all its stars as wildcards.
 */
export function capabilityContains(pattern: string, capability: string): boolean {
  const isSure = pattern === capability || !capability.includes('*') || pattern.split('*').length <= 2;
  return isSure && capabilityCovers(pattern, capability);
}

const MAX_LENGTH = 256;

/** Whether a value can name a capability. */
export const isCapabilityName = (capability: unknown): capability is string =>
  typeof capability === 'string' &&
  capability.length > 0 &&
  capability.length <= MAX_LENGTH &&
  capability.isWellFormed() &&
  !/[\s\p{Cc}]/u.test(capability) &&
  capability.split('*').length <= 2;

/** The rule for the name of a capability, as a noun phrase for error messages. */
export const CAPABILITY_RULE = `the name of a capability, such as 'analyze_data' or 'read_*', of at most ${MAX_LENGTH} characters without white space and with at most one '*'`;

/** @throws InvalidArgumentError `INVALID_ARGUMENT` for a malformed capability name. */
export function expectCapabilityName(capability: unknown): string {
  if (isCapabilityName(capability)) return capability;
  throw new InvalidArgumentError('This is not a capability', {
    expected: CAPABILITY_RULE,
    received: describe(capability),
    remedy: "Name an action, such as 'analyze_data', or a pattern, such as 'read_*'.",
  });
}

/** @throws DelegationError `DELEGATION_REFUSED` for a delegation of nothing. */
export function expectDelegatedCapabilities(capabilities: readonly string[]): readonly string[] {
  if (capabilities.length > 0) return capabilities;
  throw new DelegationError('DELEGATION_REFUSED', 'A delegation must name at least one capability', {
    expected: 'at least one capability',
    received: describe(capabilities),
    remedy: `Name capabilities, or '${EXECUTE}' to let the delegatee do its own job.`,
  });
}
