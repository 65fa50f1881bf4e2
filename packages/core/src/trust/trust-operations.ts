import type { AuditAnchor, TrustLineageChain } from '../chain/index.js';
import { ConstraintRegistry } from '../constraints/index.js';
import { InMemoryKeyManager } from '../signing/index.js';
import {
  CheckedStore,
  MemoryTrustStore,
  type RunListPage,
  type RunListRequest,
  SHARED_TRAIL,
  type StoreEvent,
} from '../store/index.js';
import { expectFunction, expectId, parseOptions, systemClock } from '../wire/index.js';
import { notify } from '../wire/notify.js';
import { audit } from './audit/audit.js';
import type { AuditRequest } from './audit/audit-request.js';
import { recover } from './audit/recover.js';
import {
  type TrailVerification,
  type TrailVerificationOptions,
  verifyStoredTrail,
} from './audit/verify-trail.js';
import { DelegationOperations } from './delegation-operations.js';
import { Deployment } from './deployment.js';
import { belongTo, deploymentOf } from './deployment-of.js';
import {
  type ExportOptions,
  exportOptions,
  type ImportOptions,
  importOptions,
} from './exchange/exchange-options.js';
import { exportChain } from './exchange/export-chain.js';
import { importChain } from './exchange/import-chain.js';
import { type ErasureReport, erase } from './issue/erase.js';
import { establish } from './issue/establish.js';
import type { EstablishRequest } from './issue/establish-request.js';
import { reattest } from './issue/reattest.js';
import type { ReattestRequest } from './issue/reattest-request.js';
import { type ReinstateRequest, reinstate } from './issue/reinstate.js';
import { type RevocationReport, revoke } from './issue/revoke.js';
import type { RevokeRequest } from './issue/revoke-request.js';
import { parseTrustOptions, type TrustOperationsOptions } from './trust-options.js';
import type { VerificationRequest, VerificationResult } from './verify/types.js';
import { parseVerificationRequest } from './verify/verification-request.js';
import { verify } from './verify/verify.js';

export { deploymentOf } from './deployment-of.js';

/**
 * The operations of EATP, the Enterprise Agent Trust Protocol, over one store: establish, delegate, verify, audit and
 * revoke. A chain is the signed record of an agent's permissions; an anchor is the signed record of one action.
 *
 * Misuse and failures throw coded errors; a denial is a value that `verify` returns.
 */
export class TrustOperations extends DelegationOperations {
  /** @throws InvalidArgumentError for an unknown option, or an invalid value. */
  constructor(options: TrustOperationsOptions = {}) {
    super();
    const given = parseTrustOptions(options);
    const deployment = new Deployment(
      CheckedStore.around(given.store ?? new MemoryTrustStore()),
      given.keyManager ?? new InMemoryKeyManager(),
      given.clock ?? systemClock,
      new ConstraintRegistry(given.constraintEvaluators),
      {
        maxDelegationDepth: given.maxDelegationDepth ?? 10,
        strictDelegation: given.strictDelegation ?? false,
        unknownConstraints: given.unknownConstraints ?? 'report',
        cacheBytes: given.cacheBytes,
        allowUnboundLegacyCapabilities: given.allowUnboundLegacyCapabilities ?? false,
        allowUnsignedChainState: given.allowUnsignedChainState ?? false,
        redact: given.redact,
        hooks: given.hooks,
        roots: given.roots ?? [],
        recorder: given.recorder,
      },
    );
    belongTo(this, deployment);
  }

  /**
   * Creates the chain of an agent.
   *
   * @throws AuthorityError, AgentAlreadyEstablishedError, AgentRevokedError, InvalidArgumentError, UnsupportedValueError, StoreError.
   */
  async establish(request: EstablishRequest): Promise<TrustLineageChain> {
    return establish(deploymentOf(this), request);
  }

  /**
   * Attests further capabilities to an agent, or those that it has with other constraints.
   *
   * @throws TrustChainNotFoundError, InvalidTrustChainError, InvalidArgumentError, StoreError.
   */
  async reattest(request: ReattestRequest): Promise<TrustLineageChain> {
    return reattest(deploymentOf(this), request);
  }

  /**
   * Judges whether an agent is allowed to do something now. `quick` checks revocation and expiry only; `standard` also
   * every signature (once for the same content), the capabilities, the constraints and the delegation that is named;
   * `full` repeats the signature checks. Anything unexpected denies.
   *
   * @throws InvalidArgumentError and UnsupportedValueError for a malformed request, and nothing else.
   */
  async verify(request: VerificationRequest): Promise<VerificationResult> {
    return verify(deploymentOf(this), parseVerificationRequest(request));
  }

  /**
   * Records an action outside a run, signed by the authority of the agent's chain.
   *
   * @throws TrustChainNotFoundError, InvalidTrustChainError, UnsupportedValueError, StoreError.
   */
  async audit(request: AuditRequest): Promise<AuditAnchor> {
    return audit(deploymentOf(this), request);
  }

  /**
   * Revokes an agent, a delegation, or everything that came from a person, with the delegations that depend on it.
   * Running invocations that depend on it are aborted.
   *
   * @throws TrustChainNotFoundError, DelegationError `DELEGATION_NOT_FOUND`, KeyError `KEY_NOT_FOUND` if no authority whose
   * key is here can sign it, InvalidArgumentError, StoreError.
   */
  async revoke(request: RevokeRequest): Promise<RevocationReport> {
    return revoke(deploymentOf(this), request);
  }

  /**
   * Removes what is stored of a person's data: the disclosures behind the digests in signed records, and the content of the
   * person's durable runs, of which those in progress end. Signed records, the person's pseudonym and revocations of the
   * person stay. Other processes can go on working; what is done for the person afterwards stores new data, so revoke
   * the person first to prevent it. Calling it again removes what was added since.
   *
   * Databases keep deleted bytes in their files: see `compact()` of the stores. Receipts, exports and backups that were
   * made before are not reached.
   *
   * @param humanId - the person's id, as in `HumanOrigin`.
   * @returns what was removed.
   * @throws KeyError `KEY_NOT_FOUND` if no authority whose key is here can state it, PersonError `PERSON_KEY_MISMATCH`,
   * InvalidArgumentError, StoreError.
   */
  async erase(humanId: string): Promise<ErasureReport> {
    return erase(deploymentOf(this), humanId);
  }

  /**
   * Lets a revoked agent be established again. Its earlier chains and delegations stay ended.
   *
   * @throws TrustChainNotFoundError for an agent that never had a chain, AgentAlreadyEstablishedError for one that is in
   * force, KeyError `KEY_NOT_FOUND`, InvalidArgumentError, StoreError.
   */
  async reinstate(request: ReinstateRequest): Promise<void> {
    return reinstate(deploymentOf(this), request);
  }

  /** @returns the chain in force, or undefined. @throws InvalidTrustChainError if the stored chain cannot be read. */
  async getChain(agentId: string): Promise<TrustLineageChain | undefined> {
    const deployment = deploymentOf(this);
    const id = expectId(agentId, 'agentId');
    const stored = await deployment.storedChain(id);
    return stored?.active ? deployment.expectChain(id, stored).evidence.chain : undefined;
  }

  /**
   * Returns the chain's text as the reference stores it; with a task, the delegations for it are written into it.
   *
   * @throws TrustChainNotFoundError, InvalidTrustChainError, AuthorityError.
   */
  async exportChain(agentId: string, options: ExportOptions = {}): Promise<string> {
    const { taskId } = parseOptions(exportOptions, options, 'exportChain()');
    return exportChain(deploymentOf(this), expectId(agentId, 'agentId'), taskId);
  }

  /**
   * Stores the text of a chain that was exported elsewhere, unchanged.
   *
   * @throws MalformedRecordError if it is not a chain, InvalidTrustChainError if a signature is invalid or something in
   * it was revoked, StoreError `STORE_CONFLICT` if the agent has a chain and `overwrite` is not set.
   */
  async importChain(text: string, options: ImportOptions = {}): Promise<TrustLineageChain> {
    const { overwrite = false } = parseOptions(importOptions, options, 'importChain()');
    return importChain(deploymentOf(this), text, overwrite);
  }

  /**
   * Checks whether a trail is complete, in order and signed throughout. Default: the trail for everything outside runs.
   *
   * @throws InvalidArgumentError, CheckpointError `CHECKPOINT_MALFORMED`, `CHECKPOINT_INCONSISTENT` for a checkpoint whose
   * leaves are neither in the store nor given; StoreError.
   */
  async verifyTrail(
    trailId: string = SHARED_TRAIL,
    options: TrailVerificationOptions = {},
  ): Promise<TrailVerification> {
    return verifyStoredTrail(deploymentOf(this), expectId(trailId, 'trailId'), options);
  }

  /**
   * Lists runs, durable or not, the newest first, a page at a time: pass `next` of a page as `cursor` for older ones. A run that
   * begins meanwhile moves no other. The list is the store's index; `verifyTrail()` and receipts prove what happened.
   *
   * @throws InvalidArgumentError for a limit, a cursor or a criterion; StoreError.
   */
  async listRuns(request: RunListRequest = {}): Promise<RunListPage> {
    return deploymentOf(this).store.listRuns(request);
  }

  /**
   * Closes the intents whose processes have ended, as `partial` with outcome unknown. Those of processes that live stay
   * open, however old they are. How a store knows that a process has ended, and how long that takes, is in its README.
   *
   * @returns the ids of the invocations that it closed.
   * @throws StoreError.
   */
  async recover(): Promise<string[]> {
    return recover(deploymentOf(this));
  }

  /**
   * Notifies a listener of revocations, changed chains and signed statements, whichever process that shares the store makes them.
   *
   * @returns a function that ends it.
   */
  watch(listener: (event: StoreEvent) => void): () => void {
    expectFunction(listener, 'listener');
    return deploymentOf(this).store.watch((event) => notify(listener, event));
  }

  /** Closes the store. */
  async close(): Promise<void> {
    const { presence, store } = deploymentOf(this);
    // A store that fails by now does not keep others from finding out that this process has ended.
    await presence.leave().catch(() => undefined);
    await store.close();
  }
}
