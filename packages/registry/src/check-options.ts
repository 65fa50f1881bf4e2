import {
  type CapabilityRequest,
  describe,
  InvalidArgumentError,
  TrustedAgent,
  TrustOperations,
} from '@kaizen-eatp/core';

/** The trust that registering an agent establishes, if any. */
export interface RegisterOptions {
  /** Establishes the agent's trust, together with `capabilities`. Default: the agent is taken as it is. */
  readonly authorityId?: string;
  readonly capabilities?: readonly (string | CapabilityRequest)[];
  readonly constraints?: readonly string[];
}

export function checkTrust(trust: unknown): void {
  if (trust instanceof TrustOperations) return;
  throw new InvalidArgumentError('An agent registry needs `trust`', {
    expected: 'a TrustOperations',
    received: describe(trust),
    remedy: 'Pass the one that establishes the agents.',
  });
}

export function checkRegistration(
  agent: unknown,
  { authorityId, capabilities, constraints }: RegisterOptions,
): void {
  if (!(agent instanceof TrustedAgent)) {
    throw new InvalidArgumentError('This is not an agent for a trust-aware registry', {
      expected: 'a TrustedAgent',
      received: describe(agent),
      remedy: 'Wrap what does the work: new TrustedAgent({ name, agent, trust }).',
    });
  }
  if (
    (authorityId === undefined) === (capabilities === undefined) &&
    (authorityId !== undefined || !constraints)
  )
    return;
  throw new InvalidArgumentError(`Trust for agent '${agent.id}' is only half asked for`, {
    expected: '`authorityId` and `capabilities`, or neither of them and no `constraints`',
    received: authorityId === undefined ? 'no `authorityId`' : 'no `capabilities`',
    remedy: 'Name both to establish trust; leave all out for an agent that is established elsewhere.',
  });
}

export function checkNumber(name: string, value: unknown): void {
  if (value === undefined || (typeof value === 'number' && value >= 0)) return;
  throw new InvalidArgumentError(`\`${name}\` is not a number from 0`, {
    expected: 'a number, 0 or more',
    received: describe(value),
    remedy: 'Leave it out for the default.',
  });
}

export function checkFlag(name: string, value: unknown): void {
  if (value === undefined || typeof value === 'boolean') return;
  throw new InvalidArgumentError(`\`${name}\` is neither true nor false`, {
    expected: 'true or false',
    received: describe(value),
    remedy: 'Leave it out for the default.',
  });
}

/** @returns what is given, if it is one of those. */
export function checkOneOf<Value extends string>(
  name: string,
  value: unknown,
  known: readonly Value[],
): Value {
  if ((known as readonly unknown[]).includes(value)) return value as Value;
  throw new InvalidArgumentError(`This is no ${name} of an agent registry`, {
    expected: known.join(', '),
    received: describe(value),
    remedy: 'Name one of these.',
  });
}

export function checkCapability(capability: unknown): void {
  if (typeof capability === 'string' && capability.length > 0) return;
  throw new InvalidArgumentError('This names no capability to find an agent for', {
    expected: "a text, for instance 'read_mail'",
    received: describe(capability),
    remedy: 'Pass the name of one capability.',
  });
}

export function checkMethod(name: string, value: unknown, method: string): void {
  if (value === undefined || typeof (value as Record<string, unknown> | null)?.[method] === 'function')
    return;
  throw new InvalidArgumentError(`\`${name}\` cannot be used`, {
    expected: `an object with a method \`${method}\``,
    received: describe(value),
    remedy: 'Leave it out for the default.',
  });
}

export function checkListener(listener: unknown): void {
  if (typeof listener === 'function') return;
  throw new InvalidArgumentError('There is nothing to call on an event', {
    expected: 'a function',
    received: describe(listener),
    remedy: 'Pass it as the second argument.',
  });
}
