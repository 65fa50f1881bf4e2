import { EatpError, type TrustedAgent } from '@kaizen-eatp/core';
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
import { type Caller, Listener } from './listener.js';
import { expectInvited } from './login/admission.js';
import { BridgeKey } from './login/bridge-key.js';
import { loadBridgeKey } from './login/bridge-key-file.js';
import { type EnrolmentRequest, EnrolmentTokens, parseEnrolment } from './login/enrolment-tokens.js';
import { type BridgeTerms, hearIntroduction } from './login/login.js';
import { LoginRefused } from './login/login-refused.js';
import { LoginThrottle } from './login/login-throttle.js';
import { Membership } from './membership.js';
import { CLOSE, ProtocolViolation } from './protocol/close-codes.js';
import { encodeFrame } from './protocol/frame-codec.js';
import { agentName } from './protocol/frame-schemas.js';
import { FRAME } from './protocol/frame-types.js';
import { Seats, WINDOW } from './seats.js';
import { RELEASE, VERSION } from './version.js';
import type { WorkerInfo } from './worker-info.js';

/** Operations for code that starts workers; not exported from the package. */
export interface BridgeInternals {
  /** Told of every worker that has its place. @returns what ends it. */
  onSeat(listener: (worker: Worker) => void): () => void;
  /** Workers that are known to be gone are not waited for. */
  forget(isGone: (worker: Worker) => boolean, reason: string): void;
  /** Calls that wait for these agents wait in vain. */
  giveUp(names: Iterable<string>, error: Error): void;
  /** An agent without the guard around it, to measure the bridge alone. */
  bareAgent(name: string): RemoteAgent;
}

const internals = new WeakMap<PythonBridge, BridgeInternals>();
export const internalsOf = (bridge: PythonBridge): BridgeInternals =>
  internals.get(bridge) as BridgeInternals;

/**
 * Where Python workers bring their agents, which then take any role in any pattern (docs/protocol.md).
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
  readonly #throttle = new LoginThrottle();
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
    try {
      bridge.#listener = await Listener.open(bridge.#settings, {
        onCaller: (caller) => void bridge.meet(caller),
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
   * worker brings the agent: a call waits for one up to `joinTimeout`.
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

  /** From the first message of a connection to its place in a session, or to its end. Never rejects. */
  private async meet({ socket, address, greeted, welcome }: Caller): Promise<void> {
    try {
      if (this.#closed)
        throw new LoginRefused('CLOSING', 'the bridge closes', 'Join another bridge, or try again later.');
      const introduction = await hearIntroduction(socket, {
        key: this.#key,
        terms: this.terms(),
        expectInvited: (join) => expectInvited(this.#settings.trust, this.#tokens, join),
        onHello: greeted,
      });
      const seat = await this.#seats.take(introduction);
      if (socket.readyState !== socket.OPEN) return;
      welcome();
      this.#throttle.succeeded(address);
      const agents = seat.worker.agents.map(({ name, agentId }) => [name, { agent_id: agentId }]);
      const { received } = seat.worker.session;
      socket.send(encodeFrame(FRAME.welcome, { received, agents: Object.fromEntries(agents) }));
      this.#seats.connect(seat, socket, address, introduction.received);
    } catch (error) {
      await this.turnAway(socket, address, error);
    }
  }

  private terms(): BridgeTerms {
    const { maxMessageBytes, heartbeat, grace } = this.#settings;
    return {
      max_message: maxMessageBytes,
      window: WINDOW.window,
      window_bytes: WINDOW.windowBytes,
      heartbeat_ms: heartbeat,
      grace_ms: grace,
      // msgpackr would write a number beyond 32 bits as a float.
      time_ms: BigInt(Date.now()),
      release: RELEASE,
      software: `@kaizen-eatp/bridge-python/${VERSION} node/${process.versions.node}`,
    };
  }

  private async turnAway(socket: Caller['socket'], address: string, error: unknown): Promise<void> {
    if (error instanceof ProtocolViolation) {
      if (error.reason === 'stopped') return;
      this.#events.emit({ type: 'violation', address, code: error.reason, message: error.message });
      socket.close(CLOSE[error.reason], error.message.slice(0, 100));
      return;
    }
    const refusal =
      error instanceof LoginRefused
        ? error
        : new LoginRefused(
            'OVERLOADED',
            `the bridge could not look the agents up: ${error instanceof EatpError ? error.code : 'failed'}`,
            'Try again later. The log of the bridge has the reason.',
          );
    const { code, message, remedy } = refusal;
    this.#events.emit({ type: 'refused', address, code, message });
    if (refusal.isSuspicious) {
      const delay = this.#throttle.failed(address);
      await new Promise((resolve) => setTimeout(resolve, delay));
    }
    if (socket.readyState !== socket.OPEN) return;
    socket.send(encodeFrame(FRAME.refuse, { code, message, remedy }));
    socket.close(CLOSE.loginRefused, code);
    setTimeout(() => socket.terminate(), 1_000).unref();
  }
}
