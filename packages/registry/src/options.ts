import {
  type CapabilityRequest,
  type Clock,
  TrustedAgent,
  TrustOperations,
  type VerificationLevel,
} from '@kaizen-eatp/core';
import { describe, InvalidArgumentError } from '@kaizen-eatp/core/errors';
import { parseOptions } from '@kaizen-eatp/core/plugin';
import { VERIFICATION_LEVELS } from '@kaizen-eatp/core/records';
import { z } from 'zod';
import { SELECTIONS, type Selection } from './selection.js';

const notNegative = z.custom<number>(
  (value) => typeof value === 'number' && value >= 0,
  'a number, 0 or more',
);

/** Options of a {@link TrustAwareAgentRegistry}. */
export interface TrustAwareAgentRegistryOptions {
  /** An agent whose last heartbeat is older is not found; in milliseconds. Default: never. */
  readonly staleAfter?: number;
  /** The clock for staleness. Default: the system's. */
  readonly clock?: Clock;
  /** Default: `first`. */
  readonly selection?: Selection;
  /** The level at which an agent is verified before it is found. Default: `standard`. */
  readonly verificationLevel?: VerificationLevel;
}

/** The schema of {@link TrustAwareAgentRegistryOptions}. */
export const registryOptions = z.strictObject({
  staleAfter: notNegative.optional(),
  clock: z
    .custom<Clock>(
      (value) => typeof (value as Clock | null)?.now === 'function',
      'a Clock with a method `now`',
    )
    .optional(),
  selection: z.enum(SELECTIONS).optional(),
  verificationLevel: z.enum(VERIFICATION_LEVELS).optional(),
});

/** Options of `register()`. */
export interface RegisterOptions {
  /** Establishes the agent's trust, together with `capabilities`. Default: the agent is taken as it is. */
  readonly authorityId?: string;
  /** The capabilities to attest. */
  readonly capabilities?: readonly (string | CapabilityRequest)[];
  /** Added to the constraints of every capability. */
  readonly constraints?: readonly string[];
}

/** The schema of {@link RegisterOptions}. `establishTrust` checks the elements of the lists. */
export const registerOptions = z.strictObject({
  authorityId: z.string().optional(),
  capabilities: z.array(z.custom<string | CapabilityRequest>()).optional(),
  constraints: z.array(z.string()).optional(),
});

/** Options of `findCapableAgent()` and `findCapableAgents()`. */
export interface FindOptions {
  /** Whether the agent must verify for the capability, or only have it in its chain. Default: true. */
  readonly requireTrust?: boolean;
  /** Default: the registry's. */
  readonly selection?: Selection;
}

/** The schema of {@link FindOptions}. */
export const findOptions = z.strictObject({
  requireTrust: z.boolean().optional(),
  selection: z.enum(SELECTIONS).optional(),
});

/** Options of `heartbeat()`. */
export interface HeartbeatOptions {
  /** How busy the agent is, in a unit of the caller's; from 0. Default: as before. */
  readonly load?: number;
  /** False hides the agent until a later heartbeat. Default: true. */
  readonly healthy?: boolean;
}

/** The schema of {@link HeartbeatOptions}. */
export const heartbeatOptions = z.strictObject({
  load: notNegative.optional(),
  healthy: z.boolean().optional(),
});

/** @throws InvalidArgumentError. */
export function expectTrust(trust: unknown): TrustOperations {
  if (trust instanceof TrustOperations) return trust;
  throw new InvalidArgumentError('The first argument of an agent registry must be a TrustOperations', {
    expected: 'the TrustOperations that establishes the agents',
    received: describe(trust),
    remedy: 'Pass it: new TrustAwareAgentRegistry(trust, options).',
  });
}

/** @throws InvalidArgumentError, also for an agent of another deployment: it would act by other chains than are shown. */
export function expectTrustedAgent(agent: unknown, trust: TrustOperations): TrustedAgent {
  if (agent instanceof TrustedAgent) {
    if (agent.belongsTo(trust)) return agent;
    throw new InvalidArgumentError(`Agent '${agent.name}' was created with other TrustOperations`, {
      expected: 'an agent over the TrustOperations of the registry',
      received: 'one of another deployment',
      remedy: 'Pass the same `trust` to the agent and to the registry.',
    });
  }
  throw new InvalidArgumentError('A trust-aware registry takes only trusted agents', {
    expected: 'a TrustedAgent',
    received: describe(agent),
    remedy: 'Wrap the object that does the work: new TrustedAgent({ name, agent, trust }).',
  });
}

/** @throws InvalidArgumentError, also where only one of authority and capabilities is named. */
export function parseRegistration(agentId: string, given: RegisterOptions): RegisterOptions {
  const options = parseOptions(registerOptions, given, 'register()');
  const { authorityId, capabilities, constraints } = options;
  const isAsked = authorityId !== undefined;
  if (isAsked === (capabilities !== undefined) && (isAsked || constraints === undefined)) return options;
  throw new InvalidArgumentError(`The options that establish trust for agent '${agentId}' are incomplete`, {
    expected: '`authorityId` and `capabilities`, or neither of them and no `constraints`',
    received: isAsked ? 'no `capabilities`' : 'no `authorityId`',
    remedy: 'Name both to establish trust; omit all three for an agent that is established elsewhere.',
  });
}

/** @throws InvalidArgumentError. */
export function expectCapability(capability: unknown): string {
  if (typeof capability === 'string' && capability.length > 0) return capability;
  throw new InvalidArgumentError('`capability` must name a capability', {
    expected: "a string, for instance 'read_mail'",
    received: describe(capability),
    remedy: 'Pass the name of one capability.',
  });
}

/** @throws InvalidArgumentError. */
export function expectEventType<Type extends string>(type: unknown, known: readonly Type[]): Type {
  const found = known.find((each) => each === type);
  if (found !== undefined) return found;
  throw new InvalidArgumentError('`type` is not an event of an agent registry', {
    expected: `one of ${known.join(', ')}`,
    received: describe(type),
    remedy: 'Name one of these.',
  });
}

/** @throws InvalidArgumentError. */
export function expectListener<T>(listener: T): T {
  if (typeof listener === 'function') return listener;
  throw new InvalidArgumentError('`listener` must be a function', {
    expected: 'a function',
    received: describe(listener),
    remedy: 'Pass it as the second argument.',
  });
}
