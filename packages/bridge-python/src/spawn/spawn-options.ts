import { generateKeyPair, type TrustOperations } from '@kaizen-eatp/core';
import { describe, expectObject, InvalidArgumentError } from '@kaizen-eatp/core/errors';
import { importPrivateKey, publicKeyOf } from '@kaizen-eatp/core/records';
import type { PythonBridgeOptions } from '../bridge-options.js';
import type { EnrolmentGrant } from '../login/enrolment-tokens.js';
import type { PythonBridge } from '../python-bridge.js';

/** One agent of the module. */
export interface SpawnedAgent extends EnrolmentGrant {
  /** The module's attribute that is the agent. Default: the agent's name. */
  readonly attribute?: string;
}

export interface SpawnPythonAgentsOptions<Name extends string = string> {
  /** Of the deployment. Not needed with a `bridge`. */
  readonly trust?: TrustOperations;
  /** Where the worker joins. Default: one of its own on 127.0.0.1, which is closed with it. */
  readonly bridge?: PythonBridge;
  /** For the bridge of its own. */
  readonly bridgeOptions?: Omit<PythonBridgeOptions, 'trust' | 'host' | 'port' | 'tls'>;
  /** Who vouches for the agents that have no trust chain yet. */
  readonly authorityId: string;
  /** A module's name (`my_agents`), or the path of a file (`./my_agents.py`). */
  readonly module: string;
  /** Names of the module's attributes, or by name: which attribute, and what it may be granted. */
  readonly agents: readonly Name[] | Readonly<Record<Name, SpawnedAgent>>;
  /** The interpreter. Default: `python3`. */
  readonly python?: string;
  /** Where the worker runs, and looks for the module. Default: this process's. */
  readonly cwd?: string;
  /** Beside this process's. */
  readonly env?: Readonly<Record<string, string>>;
  /** Base64 seeds of the agents' keys by name, for agents that are to be known again. Default: new ones. */
  readonly keys?: Readonly<Partial<Record<Name, string>>>;
  /** How many workers share the calls. Default: 1. */
  readonly workers?: number;
  /** Processes of a worker in which blocking agents run, and can be stopped. Default: none, they run in threads. */
  readonly processes?: number;
  /** Threads of a worker. Default: 64. */
  readonly threads?: number;
  /** How the worker checks what it is asked to do: `full` with the Python reference's own code. Default: `auto`. */
  readonly verify?: 'auto' | 'full' | 'signature' | 'off';
  /** How long a worker may take to join, in milliseconds. Default: 60,000. */
  readonly startTimeout?: number;
  /** How often a worker that ended is started again before it is given up; counted anew when it stayed a minute. Default: 10. */
  readonly maxRestarts?: number;
  /** What workers print, line by line. Default: to this process's standard error. */
  readonly onLog?: (line: string, pid: number) => void;
}

/** An agent's place in the module, and its key. */
export interface PlannedAgent {
  readonly name: string;
  readonly target: string;
  readonly grant: EnrolmentGrant;
  /** Base64. */
  readonly seed: string;
  /** Base64. */
  readonly publicKey: string;
}

/** @throws InvalidArgumentError, KeyError `BAD_KEY`. */
export function planAgents(options: SpawnPythonAgentsOptions): readonly PlannedAgent[] {
  expectObject(options, 'Python agents', "{ trust, authorityId, module: 'my_agents', agents: ['analyst'] }");
  const { module, agents, keys = {} } = options;
  if (typeof module !== 'string' || module.length === 0) {
    throw new InvalidArgumentError('There is no module to take agents from', {
      expected: "its name or path, for instance 'my_agents' or './my_agents.py'",
      received: describe(module),
      remedy: 'Pass it as `module`.',
    });
  }
  const entries: [string, SpawnedAgent][] = Array.isArray(agents)
    ? agents.map((name: string) => [name, {}])
    : Object.entries(agents ?? {});
  if (entries.length === 0) {
    throw new InvalidArgumentError('No agents are named', {
      expected: 'at least one',
      received: describe(agents),
      remedy: "Pass them as `agents: ['analyst']`, by the names of the module's attributes.",
    });
  }
  return entries.map(([name, { attribute = name, ...grant }]) => {
    const seed = keys[name] ?? generateKeyPair().privateKey;
    const publicKey = publicKeyOf(importPrivateKey(seed));
    return { name, target: `${module}:${attribute}`, grant, seed, publicKey };
  });
}
