import type { TrustedAgent } from '@kaizen-eatp/core';
import { describe, InvalidArgumentError } from '@kaizen-eatp/core/errors';
import { PythonBridge } from '../python-bridge.js';
import { Crew } from './crew.js';
import { type PlannedAgent, planAgents, type SpawnPythonAgentsOptions } from './spawn-options.js';

/** Python agents that run in workers of this process. */
export interface PythonAgents<Name extends string = string> {
  /** For a runtime: `{ agents: { ...python.agents, translator } }`. */
  readonly agents: Readonly<Record<Name, TrustedAgent>>;
  readonly bridge: PythonBridge;
  /** The process ids of the workers that run now. */
  readonly pids: readonly number[];
  /** Lets calls under way end, and ends the workers. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Starts Python agents as they are, in a worker of their own that joins over loopback with a secret that is good once. It
 * is started again, with the same keys, when it ends by itself, and ends with this process.
 *
 * ```ts
 * await using python = await spawnPythonAgents({ trust, authorityId: acme.id, module: './my_agents.py', agents: ['analyst'] });
 * ```
 *
 * @returns once all agents have joined.
 * @throws WorkerFailedError if the worker cannot be started or does not join, with what it printed; InvalidArgumentError.
 */
export async function spawnPythonAgents<Name extends string>(
  options: SpawnPythonAgentsOptions<Name>,
): Promise<PythonAgents<Name>> {
  const plan = planAgents(options);
  const bridge = options.bridge ?? (await ownBridge(options, plan));
  const crew = new Crew(bridge, options, plan);
  const close = async (): Promise<void> => {
    await crew.close();
    if (!options.bridge) await bridge.close();
  };
  try {
    await crew.start();
  } catch (error) {
    await close();
    throw error;
  }
  return {
    agents: Object.fromEntries(plan.map(({ name }) => [name, bridge.agent(name)])) as Record<
      Name,
      TrustedAgent
    >,
    bridge,
    get pids() {
      return crew.pids;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function ownBridge(
  { trust, bridgeOptions }: SpawnPythonAgentsOptions,
  plan: readonly PlannedAgent[],
): Promise<PythonBridge> {
  const agents = Object.fromEntries(plan.map(({ name, terms }) => [name, terms]));
  if (trust) return PythonBridge.listen({ ...bridgeOptions, trust, agents });
  throw new InvalidArgumentError('Python agents need `trust`, or a `bridge`', {
    expected: 'a TrustOperations',
    received: describe(trust),
    remedy: 'Pass the one that the runtime uses.',
  });
}
