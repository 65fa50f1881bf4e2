import type { AuditAnchor, Authority, DelegationRecord, TrustLineageChain } from '../chain/index.js';
import { type ConstraintEvaluator, ConstraintRegistry } from '../constraints/index.js';
import { expectObject } from '../errors/index.js';
import { InMemoryKeyManager, type KeyManager } from '../signing/index.js';
import { CheckedStore, MemoryTrustStore, type StoreEvent, type TrustStore } from '../store/index.js';
import { type Clock, type JsonObject, systemClock, toJsonObject } from '../wire/index.js';
import { type AuditRequest, expectAuditRequest } from './audit/audit.js';
import { type RecoveryOptions, recover } from './audit/recover.js';
import { SHARED_TRAIL, SharedTrail } from './audit/shared-trail.js';
import { type TrailVerification, verifyStoredTrail } from './audit/verify-trail.js';
import { Deployment } from './deployment.js';
import { exportChain } from './exchange/export-chain.js';
import { importChain } from './exchange/import-chain.js';
import {
  createEnterpriseAuthority,
  type EnterpriseAuthorityRequest,
  registerAuthority,
  setAuthorityActive,
} from './issue/authorities.js';
import { type DelegateRequest, delegate, expectTaskId } from './issue/delegate.js';
import { type EstablishRequest, establish } from './issue/establish.js';
import { type ReattestRequest, reattest } from './issue/reattest.js';
import { type RevocationReport, type RevokeRequest, revoke } from './issue/revoke.js';
import { expectSigningChain } from './issue/signing-gate.js';
import { expectTrailId, expectTrustOptions } from './trust-options.js';
import type { VerificationHooks, VerificationRequest, VerificationResult } from './verify/types.js';
import { verify } from './verify/verify.js';

export interface TrustOperationsOptions {
  /** Default: a new {@link MemoryTrustStore}. */
  readonly store?: TrustStore;
  /** Default: a new {@link InMemoryKeyManager}. */
  readonly keyManager?: KeyManager;
  /** Beside the built-in ones. */
  readonly constraintEvaluators?: readonly ConstraintEvaluator[];
  readonly clock?: Clock;
  readonly hooks?: VerificationHooks;
  /** How many delegations may be made one under another. Default: 10, the reference's. */
  readonly maxDelegationDepth?: number;
  /** Forbids delegations of `execute`, which let a delegatee use capabilities of its own. Default: false. */
  readonly strictDelegation?: boolean;
  /**
   * What to do about constraint labels that no evaluator enforces: `report` them in every result and anchor, or
   * `deny`. Default: `report`.
   */
  readonly unknownConstraints?: 'report' | 'deny';
  /** Accepts capabilities that are not bound to their holder; only while old chains are migrated. Default: false. */
  readonly allowUnboundLegacyCapabilities?: boolean;
  /** Accepts chains without a chain-state signature; only while old chains are migrated. Default: false. */
  readonly allowUnsignedChainState?: boolean;
}

const deployments = new WeakMap<TrustOperations, Deployment>();

/** For core's own layers; not exported from the package, so plugins cannot reach keys and stores through it. */
export function deploymentOf(trust: TrustOperations): Deployment {
  return deployments.get(trust) as Deployment;
}

/**
 * The operations of EATP over one store: establish, delegate, verify, audit, and what goes with them
 * (plan, "Enhanced Runtime"; decisions 1, 2, 9, 12, 15, 16, 18).
 *
 * Misuse and failures throw coded errors; a denial is a value that `verify` returns.
 */
export class TrustOperations {
  /** @throws InvalidArgumentError for an option that is not one, or of the wrong kind. */
  constructor(options: TrustOperationsOptions = {}) {
    expectTrustOptions(options);
    const deployment = new Deployment(
      CheckedStore.around(options.store ?? new MemoryTrustStore()),
      options.keyManager ?? new InMemoryKeyManager(),
      options.clock ?? systemClock,
      new ConstraintRegistry(options.constraintEvaluators),
      {
        maxDelegationDepth: options.maxDelegationDepth ?? 10,
        strictDelegation: options.strictDelegation ?? false,
        unknownConstraints: options.unknownConstraints ?? 'report',
        allowUnboundLegacyCapabilities: options.allowUnboundLegacyCapabilities ?? false,
        allowUnsignedChainState: options.allowUnsignedChainState ?? false,
        hooks: options.hooks ?? {},
      },
    );
    deployments.set(this, deployment);
  }

  /**
   * Makes an authority with a key of its own.
   *
   * @throws AuthorityError `AUTHORITY_ALREADY_EXISTS`, InvalidArgumentError.
   */
  async createEnterpriseAuthority(request: EnterpriseAuthorityRequest): Promise<Authority> {
    expectObject(request, 'an authority', "{ name: 'ACME Corp' }");
    return createEnterpriseAuthority(deploymentOf(this), request);
  }

  /**
   * Makes an existing authority known, in our form or the reference's `to_dict()`.
   *
   * @throws AuthorityError `AUTHORITY_ALREADY_EXISTS`, MalformedRecordError, KeyError `BAD_KEY`.
   */
  async registerAuthority(authority: Authority | JsonObject): Promise<Authority> {
    expectObject(authority, 'an authority', '{ id, name, authority_type, public_key, … }');
    return registerAuthority(deploymentOf(this), authority);
  }

  /** @returns the authority, or undefined if there is none of this id. */
  async getAuthority(authorityId: string): Promise<Authority | undefined> {
    return (await deploymentOf(this).readAuthorities([authorityId])).get(authorityId);
  }

  /** @throws AuthorityError `AUTHORITY_NOT_FOUND`. */
  setAuthorityActive(authorityId: string, isActive: boolean): Promise<Authority> {
    return setAuthorityActive(deploymentOf(this), authorityId, isActive);
  }

  /**
   * Gives an agent its chain.
   *
   * @throws AuthorityError, AgentAlreadyEstablishedError, InvalidArgumentError, UnsupportedValueError, StoreError.
   */
  async establish(request: EstablishRequest): Promise<TrustLineageChain> {
    expectObject(request, 'an agent', '{ agentId, authorityId, capabilities }');
    return establish(deploymentOf(this), request);
  }

  /**
   * Attests further capabilities to an agent, or the same with other constraints.
   *
   * @throws TrustChainNotFoundError, InvalidTrustChainError, InvalidArgumentError, StoreError.
   */
  async reattest(request: ReattestRequest): Promise<TrustLineageChain> {
    expectObject(request, 'an attestation', '{ agentId, capabilities }');
    return reattest(deploymentOf(this), request);
  }

  /**
   * Hands capabilities on, for one task (default) or for good (`lasting`). Constraints only grow.
   *
   * @throws CapabilityNotHeldError, DelegationError, TrustChainNotFoundError, InvalidTrustChainError, RevokedError,
   * InvalidArgumentError, StoreError.
   */
  async delegate(request: DelegateRequest): Promise<DelegationRecord> {
    expectObject(request, 'a delegation', '{ delegatorId, delegateeId, taskId, capabilities }');
    return (await delegate(deploymentOf(this), request)).record;
  }

  /**
   * Whether an agent may do something now. `quick` looks at revocation and expiry only; `standard` at every
   * signature (once per content), capability, constraint and delegation in force; `full` repeats the signature
   * checks. Whatever is unexpected denies.
   *
   * @throws InvalidArgumentError for an unknown level, and nothing else.
   */
  verify(request: VerificationRequest): Promise<VerificationResult> {
    return verify(deploymentOf(this), request);
  }

  /**
   * Records an action outside a run, signed by the authority of the agent's chain.
   *
   * @throws TrustChainNotFoundError, InvalidTrustChainError, UnsupportedValueError, StoreError.
   */
  async audit(request: AuditRequest): Promise<AuditAnchor> {
    const deployment = deploymentOf(this);
    expectAuditRequest(request);
    await expectSigningChain(deployment, request.agentId);
    const context = toJsonObject(request.context ?? {}, 'context');
    return new SharedTrail(deployment).append({ ...request, context });
  }

  /**
   * Withdraws the trust of an agent, a delegation, or all that came from a human, and what rests on it. Running
   * invocations concerned are aborted.
   *
   * @throws TrustChainNotFoundError, DelegationError `DELEGATION_NOT_FOUND`, InvalidArgumentError, StoreError.
   */
  async revoke(request: RevokeRequest): Promise<RevocationReport> {
    expectObject(request, 'a revocation', '{ agentId, reason }');
    return revoke(deploymentOf(this), request);
  }

  /** Ends the delegations of a task that were made outside a run. Those of a run end with it. */
  async endTask(taskId: string): Promise<void> {
    expectTaskId(taskId);
    const { store } = deploymentOf(this);
    const inForce = await store.findDelegations({ taskId, status: 'in_force' });
    const delegators = new Set(inForce.flatMap((entry) => (entry.runId === null ? entry.delegatorId : [])));
    await store.commit(
      [...delegators].map((delegatorId) => ({ op: 'close_delegations', taskId, delegatorId }) as const),
    );
  }

  /** @returns the chain in force, or undefined. @throws MalformedRecordError if what is stored is no chain. */
  async getChain(agentId: string): Promise<TrustLineageChain | undefined> {
    const deployment = deploymentOf(this);
    const stored = await deployment.storedChain(agentId);
    return stored?.active ? (await deployment.requireChain(agentId)).evidence.chain : undefined;
  }

  /**
   * The chain's text as the reference stores it; with a task, what was delegated for it folded in.
   *
   * @throws TrustChainNotFoundError, InvalidTrustChainError, AuthorityError.
   */
  exportChain(agentId: string, { taskId }: { taskId?: string } = {}): Promise<string> {
    return exportChain(deploymentOf(this), agentId, taskId);
  }

  /**
   * Takes in a chain's text from elsewhere, unchanged.
   *
   * @throws MalformedRecordError if it is no chain, InvalidTrustChainError if a signature is not good, StoreError
   * `STORE_CONFLICT` if the agent has a chain and `overwrite` is not set.
   */
  importChain(text: string, { overwrite = false }: { overwrite?: boolean } = {}): Promise<TrustLineageChain> {
    return importChain(deploymentOf(this), text, overwrite);
  }

  /** Whether a trail is whole, in order and signed throughout. Default: the trail of what happened outside runs. */
  async verifyTrail(trailId: string = SHARED_TRAIL): Promise<TrailVerification> {
    expectTrailId(trailId);
    return verifyStoredTrail(deploymentOf(this), trailId);
  }

  /**
   * Closes what a crash left open, as `partial` with outcome unknown.
   *
   * @returns the invocation ids closed.
   * @throws InvalidArgumentError, StoreError.
   */
  recover(options: RecoveryOptions = {}): Promise<string[]> {
    return recover(deploymentOf(this), options);
  }

  /** Calls back on revocations and changed chains by anyone who shares the store. @returns what ends it. */
  watch(listener: (event: StoreEvent) => void): () => void {
    return deploymentOf(this).store.watch(listener);
  }

  /** Closes the store. */
  close(): Promise<void> {
    return deploymentOf(this).store.close();
  }
}
