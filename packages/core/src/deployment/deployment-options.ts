import * as z from 'zod';
import type { AgentSource } from '../agent/agent-like.js';
import type { TrustedAgentOptions } from '../agent/agent-options.js';
import { InvalidArgumentError } from '../errors/index.js';
import type { KeyManager } from '../signing/index.js';
import type { TrustStore } from '../store/index.js';
import { authorityRequest, type EnterpriseAuthorityRequest } from '../trust/issue/authority-request.js';
import { type EstablishRequest, establishRequest } from '../trust/issue/establish-request.js';
import { agentIdField } from '../trust/request-fields.js';
import { type TrustOperationsOptions, trustOptions } from '../trust/trust-options.js';
import { handleField, parseOptions } from '../wire/index.js';

/** An agent of a deployment: its code, and the chain that it has. */
export interface AgentDefinition
  extends Omit<TrustedAgentOptions, 'name' | 'trust'>,
    Omit<EstablishRequest, 'agentId' | 'authorityId'> {}

/** Options of {@link openDeployment}: the parts of a deployment, and further options of its `TrustOperations`. */
export interface DeploymentOptions<Name extends string = string>
  extends Omit<TrustOperationsOptions, 'store' | 'keyManager'> {
  /** The store, which the deployment closes. Default: a new `MemoryTrustStore`. */
  readonly store?: TrustStore;
  /** The keys of the authority. Required with a store; default: a new `InMemoryKeyManager`. */
  readonly keys?: KeyManager;
  /** The authority that vouches for the agents. It is created if the store has none of this id. */
  readonly authority: EnterpriseAuthorityRequest;
  /** The agents by name. A chain is created for each agent that has none. Default: none. */
  readonly agents?: Readonly<Record<Name, AgentDefinition>>;
}

/** Passed on to `TrustedAgent`, which reads it once. */
const handle = z.custom<unknown>((value) => value !== undefined && value !== null, 'a value');

const { agentId: _agentId, authorityId: _authorityId, ...chainFields } = establishRequest.shape;
const agentDefinition = z.strictObject({
  ...chainFields,
  agent: handle,
  id: agentIdField.optional(),
  tools: handle.optional(),
  methods: handle.optional(),
  interrupted: handle.optional(),
  requiresApproval: handle.optional(),
});

/** The options that concern an agent's code rather than its chain. */
type CodeOptions = Pick<TrustedAgentOptions, 'tools' | 'methods' | 'interrupted' | 'requiresApproval'>;

/** An agent of a deployment, read once. */
export type ParsedAgent = Readonly<
  Omit<z.output<typeof agentDefinition>, 'agent' | keyof CodeOptions> & { agent: AgentSource } & CodeOptions
>;

const { store: _store, keyManager: _keyManager, ...trustSettings } = trustOptions.shape;
const deploymentOptions = z.strictObject({
  ...trustSettings,
  store: handleField<TrustStore>('a TrustStore', 'read', 'commit', 'watch').optional(),
  keys: handleField<KeyManager>('a KeyManager', 'sign', 'generateKey', 'publicKey').optional(),
  authority: authorityRequest,
  agents: z.record(z.string(), agentDefinition).default({}),
});

/** @throws InvalidArgumentError. */
export function parseDeploymentOptions(given: DeploymentOptions) {
  const { agents, ...options } = parseOptions(deploymentOptions, given, 'openDeployment()');
  if (options.store && !options.keys) {
    throw new InvalidArgumentError('`keys` of openDeployment() is required with a store', {
      expected: 'a KeyManager that still has the keys when the process starts again',
      received: 'a store alone',
      remedy: 'Pass `keys`, for instance a FileKeyManager. A store keeps records, not keys.',
    });
  }
  return { ...options, agents: Object.entries(agents) as [string, ParsedAgent][] };
}
