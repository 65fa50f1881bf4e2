import { generateKeyPair, type TrustOperations } from '@kaizen-eatp/core';
import { describe, expectObject, InvalidArgumentError } from '@kaizen-eatp/core/errors';
import { importPrivateKey, publicKeyOf } from '@kaizen-eatp/core/records';
import type { PythonAgentTerms, PythonBridgeOptions } from '../bridge-options.js';
import type { EnrolmentGrant } from '../login/enrolment-tokens.js';
import type { PythonBridge } from '../python-bridge.js';

/** The rule for failed calls of an agent, as `kaizen-eatp-bridge join --failures` takes it. */
export type FailureRule = 'kaizen' | 'error-key' | 'raised';

/** One agent. */
export interface SpawnedAgent extends EnrolmentGrant, PythonAgentTerms {
  /** Its module's name or file, where agents come from several. Default: the `module` of all. */
  readonly module?: string;
  /**
   * The expression that makes it, as in a spec: a name of its module, with arguments and a method if need be, such as
   * `Analyst(config={"model": "gpt-4o"})#ask`. Default: the agent's name.
   */
  readonly attribute?: string;
  /** The rule for failed calls. Default: `kaizen`. */
  readonly failures?: FailureRule;
}

export interface SpawnPythonAgentsOptions<Name extends string = string> {
  /** Of the deployment. Not needed with a `bridge`. */
  readonly trust?: TrustOperations;
  /** Where the worker joins. Default: one of its own on 127.0.0.1, which is closed with it. */
  readonly bridge?: PythonBridge;
  /** For the bridge of its own. */
  readonly bridgeOptions?: Omit<PythonBridgeOptions, 'trust' | 'host' | 'port' | 'tls' | 'agents'>;
  /** The authority that vouches for the agents that have no trust chain yet. */
  readonly authorityId: string;
  /** A module's name (`my_agents`), or the path of a file (`./my_agents.py`). Not needed if each agent names its own. */
  readonly module?: string;
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
  /** Whether outputs that are not plain values are refused. Default: they are turned into plain values. */
  readonly strictValues?: boolean;
  /** How long a worker may take to join, in milliseconds. Default: 60,000. */
  readonly startTimeout?: number;
  /** How often a worker that ended is started again before it is given up; counted again when it stayed a minute. Default: 10. */
  readonly maxRestarts?: number;
  /** Receives each line that a worker prints. Default: it goes to this process's standard error. */
  readonly onLog?: (line: string, pid: number) => void;
}

/** An agent's place in the module, and its key. */
export interface PlannedAgent {
  readonly name: string;
  readonly target: string;
  readonly failures: FailureRule | undefined;
  readonly grant: EnrolmentGrant;
  readonly terms: PythonAgentTerms;
  /** Base64. */
  readonly seed: string;
  /** Base64. */
  readonly publicKey: string;
}

const FAILURE_RULES: readonly FailureRule[] = ['kaizen', 'error-key', 'raised'];
const KEYS_OF_AN_AGENT: readonly string[] = [
  'module',
  'attribute',
  'failures',
  'capabilities',
  'constraints',
  'interrupted',
  'requiresApproval',
];

/** @throws InvalidArgumentError, KeyError `BAD_KEY`. */
export function planAgents(options: SpawnPythonAgentsOptions): readonly PlannedAgent[] {
  expectObject(options, 'Python agents', "{ trust, authorityId, module: 'my_agents', agents: ['analyst'] }");
  const { module: common, agents, keys = {} } = options;
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
  return entries.map(([name, agent]) => {
    expectObject(agent, `\`agents.${name}\``, '{ attribute, module, capabilities, constraints }');
    const { module: own, attribute = name, failures, interrupted, requiresApproval, ...grant } = agent;
    const unknown = Object.keys(agent).find((key) => !KEYS_OF_AN_AGENT.includes(key));
    if (unknown !== undefined) throw badOption(name, unknown, agent[unknown as keyof SpawnedAgent]);
    const module = expectModule(own ?? common, name);
    if (typeof attribute !== 'string' || attribute.length === 0) {
      throw new InvalidArgumentError(`\`agents.${name}.attribute\` must name what makes the agent`, {
        expected: 'a name of its module, such as `Analyst` or `Analyst(config={"model": "gpt-4o"})#ask`',
        received: describe(attribute),
        remedy: 'List what a module has: kaizen-eatp-bridge inspect FILE',
      });
    }
    if (failures !== undefined && !FAILURE_RULES.includes(failures)) {
      throw new InvalidArgumentError(`\`agents.${name}.failures\` must be a rule for failures`, {
        expected: FAILURE_RULES.map((rule) => `'${rule}'`).join(', '),
        received: describe(failures),
        remedy: 'Omit it to use `kaizen`.',
      });
    }
    const seed = keys[name] ?? generateKeyPair().privateKey;
    const publicKey = publicKeyOf(importPrivateKey(seed));
    const terms = { ...(interrupted && { interrupted }), ...(requiresApproval && { requiresApproval }) };
    if (options.bridge && Object.keys(terms).length > 0) throw termsOfSharedBridge(name, Object.keys(terms));
    return { name, target: `${module}:${attribute}`, failures, grant, terms, seed, publicKey };
  });
}

function expectModule(module: unknown, name: string): string {
  if (typeof module === 'string' && module.length > 0) return module;
  throw new InvalidArgumentError(`There is no module to take the agent \`${name}\` from`, {
    expected: "its name or path, for instance 'my_agents' or './my_agents.py'",
    received: describe(module),
    remedy: `Pass it as \`module\`, or as \`agents.${name}.module\`.`,
  });
}

function termsOfSharedBridge(name: string, terms: readonly string[]): InvalidArgumentError {
  return new InvalidArgumentError(
    `\`agents.${name}\` has terms that the bridge has to know before any agent joins`,
    {
      expected: 'no `interrupted` or `requiresApproval` together with a `bridge`',
      received: terms.join(', '),
      remedy: `Pass them to the bridge: PythonBridge.listen({ agents: { ${name}: { … } } }).`,
    },
  );
}

function badOption(name: string, option: string, value: unknown): InvalidArgumentError {
  return new InvalidArgumentError(`\`agents.${name}\` has an unknown option \`${option}\``, {
    expected: KEYS_OF_AN_AGENT.join(', '),
    received: describe(value),
    remedy: `Remove \`${option}\`, or correct its spelling.`,
  });
}
