import { MemoryTrustStore, OrchestrationRuntime } from '@kaizen-eatp/core';
import type { PatternPlugin } from '@kaizen-eatp/core/plugin';
import { trustWorld } from '../fakes/trust-world.js';
import { checkSetup } from './check-setup.js';
import type { FailureTolerance, PatternConformanceSetup, RolePlayer } from './pattern-setup.js';

/** A setup with every default filled in. */
export interface CompleteSetup extends Required<Omit<PatternConformanceSetup, 'tolerates'>> {
  /** The pattern's name. */
  readonly name: string;
  /** The agents by name. */
  readonly agents: Readonly<Record<string, Required<RolePlayer>>>;
  /** The failures that the pattern tolerates. */
  readonly tolerates: FailureTolerance;
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
export function completeSetup(setup: PatternConformanceSetup): CompleteSetup {
  const given = setup?.agents ?? { lead: {}, first: {}, second: {} };
  checkSetup(setup, Object.keys(given));
  const agents = Object.fromEntries(
    Object.entries(given).map(([name, player]) => [
      name,
      {
        run: player.run ?? ((input: unknown) => ({ by: name, given: input })),
        capabilities: player.capabilities ?? ['work'],
      },
    ]),
  );
  const leader = setup.leader ?? (Object.keys(agents)[0] as string);
  const idle = setup.idle ?? [];
  const active = Object.keys(agents).filter((name) => !idle.includes(name));
  const others = active.filter((name) => name !== leader);
  return {
    pattern: setup.pattern,
    name: nameOf(setup.pattern),
    agents,
    leader,
    idle,
    active,
    children: others.length > 0 ? others : [leader],
    options: setup.options ?? {},
    input: setup.input ?? ((mark) => ({ request: mark })),
    tolerates: setup.tolerates ?? { agents: [] },
    comparable: setup.comparable ?? ((result) => result),
    introduce: setup.introduce ?? (() => undefined),
    store: setup.store ?? (() => new MemoryTrustStore()),
    world: setup.world ?? trustWorld,
    bound: setup.bound ?? 2_000,
    timeout: setup.timeout ?? 100,
  };
}

const nameOf = (pattern: PatternPlugin): string =>
  new OrchestrationRuntime({ agents: { nobody: () => undefined }, patterns: [pattern] })
    .patternNames[0] as string;
