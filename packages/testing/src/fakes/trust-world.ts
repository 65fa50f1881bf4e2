import {
  type AgentSource,
  type Authority,
  type CapabilityRequest,
  type Clock,
  MemoryTrustStore,
  TrustAwareOrchestrationRuntime,
  type TrustAwareOrchestrationRuntimeOptions,
  TrustedAgent,
  TrustOperations,
  type TrustOperationsOptions,
} from '@kaizen-eatp/core';
import { expectOptions } from '@kaizen-eatp/core/errors';
import type { PatternPlugin } from '@kaizen-eatp/core/plugin';
import type { TrustStore } from '@kaizen-eatp/core/store';
import { manualClock } from './manual-clock.js';
import { scriptedAgent } from './scripted-agent.js';
import { SeededKeyManager } from './seeded-key-manager.js';

/** An agent of a fixture. */
export interface Person {
  /** Default: an agent that answers with its input. */
  readonly agent?: AgentSource;
  /** Default: `['work']`. */
  readonly capabilities?: readonly (string | CapabilityRequest)[];
  /** Default: none. */
  readonly constraints?: readonly string[];
  /** False leaves it without a chain. Default: true. */
  readonly trusted?: boolean;
}

export interface TrustWorldOptions<Name extends string> {
  /** By name. Default: {@link PEOPLE}. */
  readonly agents?: Readonly<Record<Name, Person>>;
  /** Default: a new `MemoryTrustStore`. */
  readonly store?: TrustStore;
  /** Default: a new `manualClock()`. */
  readonly clock?: Clock;
  /** Other options of `TrustOperations`. */
  readonly operations?: Omit<TrustOperationsOptions, 'store' | 'clock' | 'keyManager'>;
}

/** An authority, agents that it vouches for, and the operations over a store that holds both. */
export interface TrustWorld<Name extends string = string> {
  readonly trust: TrustOperations;
  readonly authority: Authority;
  readonly store: TrustStore;
  readonly clock: Clock;
  readonly agents: Readonly<Record<Name, TrustedAgent>>;
  /** A runtime over all agents, or over those that are named. */
  runtime(
    patterns: readonly PatternPlugin[],
    options?: Omit<TrustAwareOrchestrationRuntimeOptions, 'agents' | 'trust' | 'patterns'> & {
      readonly only?: readonly Name[];
    },
  ): TrustAwareOrchestrationRuntime;
}

/** alice and bob can `work` and are trusted; mallory claims as much, and has no chain. */
export const PEOPLE = {
  alice: {},
  bob: {},
  mallory: { trusted: false },
} as const satisfies Record<string, Person>;

/**
 * Makes a world to test in, with one call. Keys and the time are the same in every run; ids are not.
 *
 * ```ts
 * const { agents, runtime } = await trustWorld();
 * await runtime([sequential], { only: ['alice', 'bob'] }).execute('hello');
 * ```
 *
 * @throws InvalidArgumentError for unknown options, and what `establish` throws.
 */
export async function trustWorld<Name extends string = keyof typeof PEOPLE>(
  options: TrustWorldOptions<Name> = {},
): Promise<TrustWorld<Name>> {
  expectOptions(options, 'a trust world', ['agents', 'store', 'clock', 'operations']);
  const store = options.store ?? new MemoryTrustStore();
  const clock = options.clock ?? manualClock();
  const trust = new TrustOperations({
    ...options.operations,
    store,
    clock,
    keyManager: new SeededKeyManager(),
  });
  const authority = await trust.createEnterpriseAuthority({ name: 'ACME' });
  const people = Object.entries(options.agents ?? PEOPLE) as [Name, Person][];
  const agents = {} as Record<Name, TrustedAgent>;
  for (const [name, person] of people) agents[name] = await introduce(trust, authority, name, person);
  return {
    trust,
    authority,
    store,
    clock,
    agents,
    runtime: (patterns, { only, ...more } = {}) => {
      const taking = (Object.keys(agents) as Name[]).filter((name) => !only || only.includes(name));
      const part = Object.fromEntries(taking.map((name) => [name, agents[name]]));
      return new TrustAwareOrchestrationRuntime({ ...more, agents: part, trust, patterns });
    },
  };
}

async function introduce(
  trust: TrustOperations,
  authority: Authority,
  name: string,
  person: Person,
): Promise<TrustedAgent> {
  expectOptions(person, `agent '${name}' of a trust world`, [
    'agent',
    'capabilities',
    'constraints',
    'trusted',
  ]);
  const { agent = scriptedAgent(), capabilities = ['work'], constraints = [], trusted = true } = person;
  const known = new TrustedAgent({ name, agent, trust });
  if (trusted) await known.establishTrust({ authorityId: authority.id, capabilities, constraints });
  return known;
}
