import { MemoryTrustStore, OrchestrationRuntime } from '@kaizen-eatp/core';
import { capabilityCovers, EXECUTE, type PatternPlugin } from '@kaizen-eatp/core/plugin';
import { trustWorld } from '../fakes/trust-world.js';
import { DEFAULT_AGENTS, readSetup } from './check-setup.js';
import type { FailureTolerance, PatternConformanceSetup, RolePlayer } from './pattern-setup.js';

/** A role player with every default filled in, except for the other answer. */
export interface CompletePlayer extends Required<Omit<RolePlayer, 'otherwise' | 'calls'>> {
  /** The other answer; undefined: the suite changes the answer of `run`. */
  readonly otherwise: RolePlayer['otherwise'];
  /** How often the agent is called at least and at most. */
  readonly calls: readonly [least: number, most: number];
  /** Whether the setup leaves the agent's code to the suite. */
  readonly hasDefaultRun: boolean;
}

/** A setup with every default filled in. */
export interface CompleteSetup extends Required<Omit<PatternConformanceSetup, 'tolerates' | 'otherOptions'>> {
  /** The pattern. */
  readonly pattern: PatternPlugin;
  /** The pattern's name. */
  readonly name: string;
  /** The agents by name. */
  readonly agents: Readonly<Record<string, CompletePlayer>>;
  /** The failures that the pattern tolerates. */
  readonly tolerates: FailureTolerance;
  /** Other options; undefined: the setup names none. */
  readonly otherOptions: Readonly<Record<string, unknown>> | undefined;
  /** Whether the setup leaves the agents to the suite. */
  readonly hasDefaultAgents: boolean;
  /** Whether the setup leaves the input to the suite. */
  readonly hasDefaultInput: boolean;
  /** The names of all agents that take part. */
  readonly active: readonly string[];
  /** The names of the agents that act under a delegation; that of the leader, if it is alone. */
  readonly children: readonly string[];
}

/**
 * Checks a setup and fills in the defaults.
 *
 * @throws InvalidArgumentError, PluginError if `pattern` is not a pattern for this core.
 */
export function completeSetup(pattern: PatternPlugin, given: PatternConformanceSetup): CompleteSetup {
  const setup = readSetup(given);
  const players = Object.entries<RolePlayer>(setup.agents ?? DEFAULT_AGENTS);
  const leader = setup.leader ?? (players[0]?.[0] as string);
  const idle = setup.idle ?? [];
  const active = players.map(([name]) => name).filter((name) => !idle.includes(name));
  const others = active.filter((name) => name !== leader);
  const agents = players.map(([name, player]) => {
    const isLeader = name === leader;
    return [name, completePlayer(name, player, { isLeader, isIdle: idle.includes(name), players })] as const;
  });
  return {
    pattern,
    name: nameOf(pattern),
    agents: Object.fromEntries(agents),
    leader,
    idle,
    active,
    children: others.length > 0 ? others : [leader],
    options: setup.options ?? {},
    otherOptions: setup.otherOptions,
    hasDefaultAgents: setup.agents === undefined,
    hasDefaultInput: setup.input === undefined,
    input: setup.input ?? ((mark) => ({ request: mark })),
    tolerates: setup.tolerates ?? { agents: [] },
    errors: setup.errors ?? [],
    details: setup.details ?? [],
    facts: setup.facts ?? [],
    durable: setup.durable ?? true,
    actsAfterRefusal: setup.actsAfterRefusal ?? [],
    dependsOnTiming: setup.dependsOnTiming ?? false,
    comparable: setup.comparable ?? ((result) => result),
    introduce: setup.introduce ?? (() => undefined),
    store: setup.store ?? (() => new MemoryTrustStore()),
    world: setup.world ?? trustWorld,
    bound: setup.bound ?? 2_000,
    stopBound: setup.stopBound ?? 500,
    timeout: setup.timeout ?? 100,
    thoroughness: setup.thoroughness ?? 'quick',
  };
}

interface Place {
  readonly isLeader: boolean;
  readonly isIdle: boolean;
  readonly players: readonly (readonly [name: string, player: RolePlayer])[];
}

function completePlayer(
  name: string,
  player: RolePlayer,
  { isLeader, isIdle, players }: Place,
): CompletePlayer {
  const capabilities = player.capabilities ?? ['work'];
  const held = namesOf(capabilities);
  const canReceive = players.some(
    ([other, { capabilities: given = ['work'] }]) =>
      other !== name && namesOf(given).some((each) => held.some((own) => capabilityCovers(each, own))),
  );
  const calls = player.calls ?? (isIdle ? 0 : 1);
  return {
    run: player.run ?? ((input: unknown) => ({ by: name, given: input })),
    hasDefaultRun: player.run === undefined,
    otherwise: player.otherwise,
    capabilities,
    calls: typeof calls === 'number' ? [calls, calls] : calls,
    actions: player.actions ?? (isLeader || !canReceive ? [...held, EXECUTE] : held),
    spare: player.spare ?? [],
    addedConstraints: player.addedConstraints ?? [],
    steers: player.steers ?? [],
  };
}

const namesOf = (capabilities: NonNullable<RolePlayer['capabilities']>): string[] =>
  capabilities.map((each) => (typeof each === 'string' ? each : each.capability));

const nameOf = (pattern: PatternPlugin): string =>
  new OrchestrationRuntime({ agents: { nobody: () => undefined }, patterns: [pattern] })
    .patternNames[0] as string;
