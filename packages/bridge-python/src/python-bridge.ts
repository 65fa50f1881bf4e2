import type { TrustedAgent } from '@kaizen-eatp/core';
import { InvalidArgumentError } from '@kaizen-eatp/core/errors';
import { type BridgeCounters, type BridgeEvent, BridgeEvents } from './bridge-events.js';
import { writeLog } from './bridge-log.js';
import {
  type BridgeSettings,
  type PythonBridgeOptions,
  parseBridgeOptions,
  parseCloseOptions,
} from './bridge-options.js';
import type { RemoteAgent } from './calls/remote-agent.js';
import { ServedAgents } from './calls/served-agents.js';
import type { Worker } from './calls/worker.js';
import { BridgeError } from './errors.js';
import { FrontDoor } from './front-door.js';
import { Listener } from './listener.js';
import { BridgeKey } from './login/bridge-key.js';
import { loadBridgeKey } from './login/bridge-key-file.js';
import { type EnrolmentRequest, EnrolmentTokens, parseEnrolment } from './login/enrolment-tokens.js';
import { Membership } from './membership.js';
import { agentName } from './protocol/frame-schemas.js';
import { Seats } from './seats.js';
import type { WorkerInfo } from './worker-info.js';

/** Operations for code that starts workers; not exported from the package. */
export interface BridgeInternals {
  /** Calls a listener for every worker that is connected. @returns the function that stops this. */
  onSeat(listener: (worker: Worker) => void): () => void;
  /** Ends the sessions of workers that are known to be gone. */
  forget(isGone: (worker: Worker) => boolean, reason: string): void;
  /** Fails the calls that wait for these agents. */
  giveUp(names: Iterable<string>, error: Error): void;
  /** An agent without the guard around it, to measure the bridge alone. */
  bareAgent(name: string): RemoteAgent;
}

const internals = new WeakMap<PythonBridge, BridgeInternals>();
export const internalsOf = (bridge: PythonBridge): BridgeInternals =>
  internals.get(bridge) as BridgeInternals;

/**
 * The place where Python workers join with their agents, which then take any role in any pattern (docs/protocol.md).
 *
 * ```ts
 * const bridge = await PythonBridge.listen({ trust });
 * const token = await bridge.createEnrolmentToken({ authorityId: acme.id, agents: { analyst: { capabilities: ['analyze'] } } });
 * // kaizen-eatp-bridge join ws://127.0.0.1:PORT --agent analyst=my_agents:analyst --token TOKEN
 * const runtime = new TrustAwareOrchestrationRuntime({ agents: { analyst: bridge.agent('analyst') }, trust, patterns });
 * ```
 */
export class PythonBridge {
  readonly #settings: BridgeSettings;
  readonly #key: BridgeKey;
  readonly #tokens = new EnrolmentTokens();
  readonly #events = new BridgeEvents();
  readonly #membership: Membership;
  readonly #seats: Seats;
  readonly #unwatch: () => void;
  #listener!: Listener;
  #closed: Promise<void> | undefined;

  private constructor(settings: BridgeSettings) {
    const { trust, serves, maxMessageBytes, privateKey } = settings;
    this.#settings = settings;
    this.#key = new BridgeKey(privateKey);
    this.#membership = new Membership(settings, this.#events);
    const served = new ServedAgents(
      serves,
      (name) => this.#membership.agent(name),
      maxMessageBytes,
      (worker) => this.#seats.forget((each) => each === worker, 'it does not read what it asked for'),
    );
    this.#seats = new Seats({
      settings,
      tokens: this.#tokens,
      events: this.#events,
      membership: this.#membership,
      served,
    });
    internals.set(this, {
      onSeat: (listener) => this.#seats.onConnected(listener),
      forget: (isGone, reason) => this.#seats.forget(isGone, reason),
      giveUp: (names, error) => this.#membership.giveUp(names, error),
      bareAgent: (name) => this.#membership.bareAgent(name),
    });
    this.#unwatch = trust.watch((event) => this.#membership.obey(event, this.#seats.workers()));
  }

  /**
   * Opens a bridge.
   *
   * @throws InvalidArgumentError, BridgeError `BRIDGE_INSECURE` for an address that needs TLS, BridgeError
   * `BRIDGE_KEY_UNUSABLE` for a key file that other users can read or that cannot be made, KeyError `BAD_KEY`, and
   * the system's error if it cannot listen there.
   */
  static async listen(options: PythonBridgeOptions): Promise<PythonBridge> {
    const settings = parseBridgeOptions(options);
    const { keyFile, log } = settings;
    const privateKey = settings.privateKey ?? (keyFile ? await loadBridgeKey(keyFile) : undefined);
    const bridge = new PythonBridge({ ...settings, privateKey });
    if (log) writeLog(bridge.#events, log);
    const door = new FrontDoor({
      settings,
      key: bridge.#key,
      tokens: bridge.#tokens,
      events: bridge.#events,
      seats: bridge.#seats,
      isClosing: () => bridge.#closed !== undefined,
    });
    try {
      bridge.#listener = await Listener.open(bridge.#settings, {
        onCaller: (caller) => void door.meet(caller),
        onCrowdedOut: () => {
          bridge.#events.crowdedOut += 1;
        },
        readiness: {
          get isOpen() {
            return bridge.#closed === undefined;
          },
          serves: (agent) => bridge.#seats.isServed(agent),
        },
      });
    } catch (error) {
      bridge.#unwatch();
      throw error;
    }
    return bridge;
  }

  /** Where workers connect to: `ws://127.0.0.1:…`. */
  get url(): string {
    return this.#listener.url;
  }

  /** Base64; by this workers know the bridge. It is in every enrolment token. */
  get publicKey(): string {
    return this.#key.publicKey;
  }

  /** The workers that are logged in, in the order in which they joined, each with its state, versions and calls. */
  get workers(): readonly WorkerInfo[] {
    return this.#seats.list();
  }

  /** How often things happened that should not. */
  get counters(): BridgeCounters {
    let { duplicates } = this.#events;
    for (const { session } of this.#seats.workers()) duplicates += session.duplicates;
    return { ...this.#events.counters, duplicates };
  }

  /**
   * A Python agent for a runtime, a registry or a workflow; the same object each time. It may be asked for before any
   * worker brings the agent. Until its first worker has joined it has no trust chain, so runs with it are denied; later,
   * a call waits up to `joinTimeout` while no worker serves it.
   *
   * @throws InvalidArgumentError.
   */
  agent(name: string): TrustedAgent {
    if (agentName.safeParse(name).success) return this.#membership.agent(name);
    throw new InvalidArgumentError('This is not a valid name for an agent of the bridge', {
      expected: '1 to 64 of A-Z a-z 0-9 _ - .',
      received: String(name),
      remedy: 'Use the name that the worker joins with.',
    });
  }

  /**
   * Makes a token that lets agents without a trust chain in, once: `--token` of `kaizen-eatp-bridge join`.
   *
   * @throws InvalidArgumentError, BridgeError `ENROLMENT_REFUSED` if the authority is unknown.
   */
  async createEnrolmentToken(request: EnrolmentRequest): Promise<string> {
    const enrolment = parseEnrolment(request);
    const authority = await this.#settings.trust.getAuthority(enrolment.authorityId);
    if (!authority) {
      throw new BridgeError('ENROLMENT_REFUSED', 'No authority can vouch for these agents', {
        expected: 'the id of an authority that this deployment knows',
        received: `'${enrolment.authorityId}'`,
        remedy: 'Create one with trust.createEnterpriseAuthority(), and pass its id as `authorityId`.',
      });
    }
    return this.#tokens.create(enrolment, {
      bridgeKey: this.publicKey,
      authorities: { [authority.id]: authority.publicKey },
    });
  }

  /** Calls a listener at each event of a type. Errors of the listener are ignored. @returns a function that stops this. */
  on<Type extends BridgeEvent['type']>(
    type: Type,
    listener: (event: Extract<BridgeEvent, { type: Type }>) => void,
  ): () => void {
    return this.#events.on(type, listener as (event: BridgeEvent) => void);
  }

  /**
   * Waits for the calls in progress, notifies the workers, and closes.
   *
   * @param options - `drain`: how long to wait, in milliseconds. Default: 5,000.
   */
  async close(options?: { readonly drain?: number }): Promise<void> {
    const { drain } = parseCloseOptions(options);
    this.#closed ??= this.shut(drain);
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  private async shut(drain: number): Promise<void> {
    const until = Date.now() + drain;
    while ([...this.#seats.workers()].some((worker) => worker.load > 0) && Date.now() < until)
      await new Promise((resolve) => setTimeout(resolve, 10));
    this.#unwatch();
    this.#seats.close();
    await this.#membership.close(
      new BridgeError('BRIDGE_CLOSED', 'The bridge is closed', {
        remedy: 'Open another bridge with listen().',
      }),
    );
    await this.#listener.close();
  }
}
