import { type EatpError, RevokedError } from '../errors/index.js';
import type { Revocation, StoreEvent } from '../store/index.js';
import type { Deployment } from '../trust/deployment.js';
import { type DelegationOverlay, ReadSet } from '../trust/read-set.js';
import type { DenialCode } from '../trust/verify/denial.js';
import { verify } from '../trust/verify/verify.js';
import { requestOf } from './guard.js';
import type { Invocation } from './invocation.js';

/** Something that stops when the authority behind it ends. */
interface Stoppable {
  abort(reason: EatpError): void;
}

/** An invocation to watch. */
export interface Watched {
  /** The invocation. */
  readonly invocation: Invocation;
  /** Stops it. */
  readonly control: Stoppable;
  /** Delegations that are not stored yet; the invocation can depend on one that is being stored. */
  readonly pending: DelegationOverlay;
}

/** The denials that stop an act which has begun. The changed verdict of a constraint does not stop it. */
const WITHDRAWN: ReadonlySet<DenialCode> = new Set<DenialCode>([
  'NO_CHAIN',
  'REVOKED',
  'EXPIRED',
  'CHAIN_MALFORMED',
  'CHAIN_MISPLACED',
  'AUTHORITY_UNKNOWN',
  'AUTHORITY_NOT_TRUSTED',
  'AUTHORITY_NOT_PERMITTED',
  'STORE_ROLLED_BACK',
  'STATEMENTS_INVALID',
  'CHAIN_STATE_SIGNATURE_MISSING',
  'CHAIN_STATE_SIGNATURE_INVALID',
  'SIGNING_KEY_REVOKED',
  'GENESIS_SIGNATURE_INVALID',
  'CAPABILITY_SIGNATURE_INVALID',
  'CAPABILITY_NOT_HELD',
  'DELEGATION_NOT_FOUND',
  'DELEGATION_NOT_IN_FORCE',
  'DELEGATION_EXPIRED',
  'DELEGATION_MISMATCH',
  'DELEGATION_SIGNATURE_INVALID',
  'DELEGATION_WIDENED',
  'DELEGATOR_NOT_TRUSTED',
]);

/** Node's timers cannot wait longer, in milliseconds. */
const MAX_TIMER = 2 ** 31 - 1;

/** Watches the authority of one invocation until its end. */
export interface AuthorityWatch {
  /** Checks again when the right expires. @param validUntil - in milliseconds since the epoch. */
  until(validUntil: number | undefined): void;
  /** Ends the watch. */
  end(): void;
}

class WatchedInvocation implements AuthorityWatch {
  #timer: NodeJS.Timeout | undefined;
  #validUntil = Number.POSITIVE_INFINITY;
  #isOver = false;

  constructor(
    private readonly deployment: Deployment,
    private readonly watched: Watched,
    private readonly onDue: () => void,
    private readonly onEnd: (watched: WatchedInvocation) => void,
  ) {}

  until(validUntil: number | undefined): void {
    this.#validUntil = validUntil ?? Number.POSITIVE_INFINITY;
    if (validUntil === undefined || this.#isOver) return;
    // The right still holds in the millisecond in which it ends.
    const left = Math.min(Math.max(validUntil + 1 - this.deployment.now(), 1), MAX_TIMER);
    this.#timer = setTimeout(() => this.#due(), left);
    this.#timer.unref();
  }

  end(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.onEnd(this);
  }

  /**
   * Stops the invocation if the row of a revocation names what it depends on. The row is not signed, so it gives no right
   * and takes none: it only stops work sooner than the statement is read.
   */
  obey({ kind, subjectId, reason, at }: Revocation): boolean {
    const { agentId, basis, person } = this.watched.invocation;
    const isConcerned =
      kind === 'agent'
        ? agentId === subjectId || (basis?.delegatorIds.includes(subjectId) ?? false)
        : kind === 'delegation'
          ? (basis?.path.some((link) => link.record.id === subjectId) ?? false)
          : person?.pseudonym === subjectId;
    if (isConcerned) this.watched.control.abort(new RevokedError(`${kind} ${subjectId}`, reason, at));
    return isConcerned;
  }

  /** The revocation of something that the invocation depends on, as it was stated. */
  #stated(): RevokedError | undefined {
    const { state } = this.deployment.statements;
    const { agentId, basis, person } = this.watched.invocation;
    for (const id of [agentId, ...(basis?.delegatorIds ?? [])]) {
      const revoked = state.revokedAgent(id);
      if (revoked) return new RevokedError(`agent ${id}`, revoked.reason, revoked.at);
    }
    for (const { record } of basis?.path ?? []) {
      const revoked = state.revokedDelegation(record.id);
      if (revoked) return new RevokedError(`delegation ${record.id}`, revoked.reason, revoked.at);
    }
    const revoked = person && state.revokedPerson(person.pseudonym);
    return revoked ? new RevokedError(`person ${person.pseudonym}`, revoked.reason, revoked.at) : undefined;
  }

  #due(): void {
    // A timer cannot wait as long as some rights hold.
    if (this.deployment.now() > this.#validUntil) this.onDue();
    else this.until(this.#validUntil);
  }

  /** Verifies again if the right has expired. */
  recheckIfDue(): void {
    if (this.deployment.now() > this.#validUntil) this.recheck();
  }

  /** Verifies again, since the chains that it depends on, or lasting delegations in them, may have changed. */
  recheck(): void {
    const { deployment, watched } = this;
    const { invocation, pending } = watched;
    void verify(deployment, requestOf(invocation), new ReadSet(deployment, pending)).then(
      ({ denial, validUntil }) => {
        if (this.#isOver) return;
        clearTimeout(this.#timer);
        if (denial && WITHDRAWN.has(denial.code))
          this.watched.control.abort(
            this.#stated() ?? new RevokedError(`agent ${invocation.agentId}`, denial.reason),
          );
        else this.until(validUntil);
      },
    );
  }
}

/** Everything that is watched in one deployment, through one subscription to its store. */
class Watcher {
  readonly #invocations = new Set<WatchedInvocation>();
  readonly #runs = new Set<(event: StoreEvent) => void>();
  #unwatch: (() => void) | undefined;

  constructor(private readonly deployment: Deployment) {}

  watch(what: Watched): AuthorityWatch {
    const watched = new WatchedInvocation(
      this.deployment,
      what,
      () => this.#recheckDue(),
      (ended) => {
        this.#invocations.delete(ended);
        this.#closeIfIdle();
      },
    );
    this.#invocations.add(watched);
    this.#open();
    return watched;
  }

  listen(listener: (event: StoreEvent) => void): () => void {
    this.#runs.add(listener);
    this.#open();
    return () => {
      this.#runs.delete(listener);
      this.#closeIfIdle();
    };
  }

  #open(): void {
    this.#unwatch ??= this.deployment.store.watch((event) => {
      for (const listener of this.#runs) listener(event);
      for (const watched of this.#invocations) {
        const isStopped = event.type === 'revoked' && watched.obey(event.revocation);
        if (!isStopped) watched.recheck();
      }
    });
  }

  /**
   * Rights that end at one moment end together, the outermost first: if the rights of an agent and of an agent that it
   * waits for end together, the waiting agent was stopped itself and did not fail.
   */
  #recheckDue(): void {
    for (const watched of this.#invocations) watched.recheckIfDue();
  }

  #closeIfIdle(): void {
    if (this.#invocations.size + this.#runs.size > 0) return;
    this.#unwatch?.();
    this.#unwatch = undefined;
  }
}

const watchers = new WeakMap<Deployment, Watcher>();

function watcherOf(deployment: Deployment): Watcher {
  let watcher = watchers.get(deployment);
  if (!watcher) {
    watcher = new Watcher(deployment);
    watchers.set(deployment, watcher);
  }
  return watcher;
}

/** Stops an invocation when the authority behind it expires, or is withdrawn by any process. */
export const watchAuthority = (deployment: Deployment, what: Watched): AuthorityWatch =>
  watcherOf(deployment).watch(what);

/** Notifies a run of changes in the store. @returns the function that ends the notifications. */
export const listenToStore = (deployment: Deployment, listener: (event: StoreEvent) => void): (() => void) =>
  watcherOf(deployment).listen(listener);
