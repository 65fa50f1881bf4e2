import {
  type AgentSource,
  type Authority,
  type CapabilityRequest,
  type Clock,
  MemoryTrustStore,
  type Root,
  TrustAwareOrchestrationRuntime,
  type TrustAwareOrchestrationRuntimeOptions,
  TrustedAgent,
  type TrustedAgentOptions,
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
  /** The agent's code. Default: an agent that answers with its input. */
  readonly agent?: AgentSource;
  /** The capabilities of its chain. Default: `['work']`. */
  readonly capabilities?: readonly (string | CapabilityRequest)[];
  /** The constraints of its chain. Default: none. */
  readonly constraints?: readonly string[];
  /** Its tools, for `context.callTool`. Default: none. */
  readonly tools?: TrustedAgentOptions['tools'];
  /** Methods that patterns can call besides `run` and those of the nine patterns' roles. Default: none. */
  readonly methods?: readonly string[];
  /** Whether it has a chain. Default: true. */
  readonly trusted?: boolean;
}

/** How a trust world is made. */
export interface TrustWorldOptions<Name extends string> {
  /** The agents by name. Default: {@link PEOPLE}. */
  readonly agents?: Readonly<Record<Name, Person>>;
  /** The store. Default: a new `MemoryTrustStore`. */
  readonly store?: TrustStore;
  /** The clock. Default: a new `manualClock()`. */
  readonly clock?: Clock;
  /** Further options of the `TrustOperations`. */
  readonly operations?: Omit<TrustOperationsOptions, 'store' | 'clock' | 'keyManager'>;
}

/** An authority and agents with chains of it, in one store. */
export interface TrustWorld<Name extends string = string> {
  /** The trust operations. */
  readonly trust: TrustOperations;
  /** The authority. */
  readonly authority: Authority;
  /** The authority as other trust operations over the same store can pin it. */
  readonly roots: readonly Root[];
  /** The store. */
  readonly store: TrustStore;
  /** The clock. */
  readonly clock: Clock;
  /** The agents by name. */
  readonly agents: Readonly<Record<Name, TrustedAgent>>;
  /** Makes a runtime with all agents, or with those that `only` names, in its order. */
  runtime(
    patterns: readonly PatternPlugin[],
    options?: Omit<TrustAwareOrchestrationRuntimeOptions, 'agents' | 'trust' | 'patterns'> & {
      readonly only?: readonly Name[];
    },
  ): TrustAwareOrchestrationRuntime;
}

/** The default agents: alice and bob have chains with the capability `work`, and mallory has no chain. */
export const PEOPLE = {
  alice: {},
  bob: {},
  mallory: { trusted: false },
} as const satisfies Record<string, Person>;

/**
 * Makes a world for tests with one call. Keys and the time are the same in every run of a test; ids are not.
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
    recorder: 'org-acme',
    ...options.operations,
    store,
    clock,
    keyManager: new SeededKeyManager(),
  });
  const authority = await trust.createEnterpriseAuthority({ name: 'ACME', signingKeyId: 'key-org-acme' });
  const people = Object.entries(options.agents ?? PEOPLE) as [Name, Person][];
  const agents = {} as Record<Name, TrustedAgent>;
  for (const [name, person] of people) agents[name] = await introduce(trust, authority, name, person);
  return {
    trust,
    authority,
    roots: [{ id: authority.id, publicKey: authority.publicKey }],
    store,
    clock,
    agents,
    runtime: (patterns, { only, ...more } = {}) => {
      const names = only ?? (Object.keys(agents) as Name[]);
      const taking = names.map((name) => [name, agents[name]] as const);
      return new TrustAwareOrchestrationRuntime({ ...more, agents: taking, trust, patterns });
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
    'tools',
    'methods',
    'trusted',
  ]);
  const { agent = scriptedAgent(), capabilities = ['work'], constraints = [], trusted = true } = person;
  const { tools, methods } = person;
  const known = new TrustedAgent({
    name,
    agent,
    trust,
    ...(tools && { tools }),
    ...(methods && { methods }),
  });
  if (trusted) await known.establishTrust({ authorityId: authority.id, capabilities, constraints });
  return known;
}
