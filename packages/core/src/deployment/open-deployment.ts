import type { TrustedAgent } from '../agent/trusted-agent.js';
import type { Authority } from '../chain/index.js';
import { InvalidArgumentError } from '../errors/index.js';
import {
  TrustAwareOrchestrationRuntime,
  type TrustAwareOrchestrationRuntimeOptions,
} from '../runtime/trust-aware-orchestration-runtime.js';
import { InMemoryKeyManager, type KeyManager } from '../signing/index.js';
import { MemoryTrustStore, type TrustStore } from '../store/index.js';
import { authorityIdOf } from '../trust/issue/authorities.js';
import { TrustOperations } from '../trust/trust-operations.js';
import { type DeploymentOptions, parseDeploymentOptions } from './deployment-options.js';
import { ensureAgent } from './ensure-agent.js';
import { ensureAuthority } from './ensure-authority.js';

/** Options of a runtime of a deployment. */
export interface DeploymentRuntimeOptions<Name extends string = string>
  extends Omit<TrustAwareOrchestrationRuntimeOptions, 'agents' | 'trust'> {
  /** The names of the agents that take part, in this order. Default: all. */
  readonly agents?: readonly Name[];
}

/** A deployment that is open: its authority and agents exist in the store, and their key is here. */
export interface OpenDeployment<Name extends string = string> extends AsyncDisposable {
  /** The trust operations. */
  readonly trust: TrustOperations;
  /** The store. */
  readonly store: TrustStore;
  /** The authority that vouches for the agents. */
  readonly authority: Authority;
  /** The agents by name. */
  readonly agents: Readonly<Record<Name, TrustedAgent>>;
  /** The ids of the invocations that a crash had left open, and that were closed as `partial`, outcome unknown. */
  readonly recovered: readonly string[];
  /** Creates a runtime over all agents, or those that `agents` names. @throws InvalidArgumentError, PluginError. */
  createRuntime(options: DeploymentRuntimeOptions<Name>): TrustAwareOrchestrationRuntime;
  /** Closes the store and the key manager. `await using` calls it. */
  close(): Promise<void>;
}

/**
 * Opens a deployment with one call: finds the authority and the chains of the agents in the store, creates those that are
 * missing, and closes the intents that a crash left open. It is the same for the first start and every later one, and any
 * number of processes can start concurrently.
 *
 * ```ts
 * await using deployment = await openDeployment({
 *   store: await SqliteTrustStore.open({ path: './acme/trust.db' }),
 *   keys: new FileKeyManager('./acme/keys', passphrase),
 *   authority: { name: 'ACME Corp' },
 *   agents: { clerk: { agent: (text: string) => text.trim(), capabilities: ['tidy'] } },
 * });
 * ```
 *
 * The authority is the deployment's recorder, unless `recorder` names another one. A revoked agent stays revoked, and a
 * capability that is no longer listed stays in the chain. If this fails, the store and the key manager are closed.
 *
 * @throws KeyError `KEY_NOT_FOUND` if the authority exists and its key is not in `keys`; AuthorityError
 * `AUTHORITY_ALREADY_EXISTS` if the store has another authority of this id; InvalidArgumentError, StoreError.
 */
export async function openDeployment<const Name extends string>(
  options: DeploymentOptions<Name>,
): Promise<OpenDeployment<Name>> {
  const {
    store: given,
    keys,
    authority: request,
    agents,
    recorder,
    ...settings
  } = parseDeploymentOptions(options);
  const store = given ?? new MemoryTrustStore();
  const keyManager: KeyManager = keys ?? new InMemoryKeyManager();
  const close = async (): Promise<void> => {
    await store.close();
    await keyManager.close?.();
  };
  try {
    const trust = new TrustOperations({
      ...settings,
      store,
      keyManager,
      recorder: recorder ?? authorityIdOf(request),
    });
    const authority = await ensureAuthority(trust, request);
    const made = await Promise.all(
      agents.map(
        async ([name, definition]) => [name, await ensureAgent(trust, authority, name, definition)] as const,
      ),
    );
    const recovered = Object.freeze(await trust.recover());
    const byName = Object.freeze(Object.fromEntries(made)) as Readonly<Record<Name, TrustedAgent>>;
    return Object.freeze({
      trust,
      store,
      authority,
      agents: byName,
      recovered,
      createRuntime: ({ agents: names, ...more }: DeploymentRuntimeOptions<Name>) =>
        new TrustAwareOrchestrationRuntime({ ...more, trust, agents: select(byName, names) }),
      close,
      [Symbol.asyncDispose]: close,
    });
  } catch (error) {
    await close().catch(() => undefined);
    throw error;
  }
}

function select<Name extends string>(
  agents: Readonly<Record<Name, TrustedAgent>>,
  names: readonly Name[] = Object.keys(agents) as Name[],
): (readonly [Name, TrustedAgent])[] {
  return names.map((name) => {
    if (Object.hasOwn(agents, name)) return [name, agents[name]] as const;
    throw new InvalidArgumentError(`The deployment has no agent '${name}'`, {
      expected: Object.keys(agents).join(', ') || 'no agents at all',
      received: `'${name}'`,
      remedy: 'Name an agent of the deployment.',
    });
  });
}
