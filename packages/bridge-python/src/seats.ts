import type { TrustOperations } from '@kaizen-eatp/core';
import type { WebSocket } from 'ws';
import type { BridgeEvents } from './bridge-events.js';
import type { BridgeSettings } from './bridge-options.js';
import type { ServedAgents } from './calls/served-agents.js';
import { Worker } from './calls/worker.js';
import { admit } from './login/admission.js';
import type { EnrolmentTokens } from './login/enrolment-tokens.js';
import type { Introduction } from './login/login.js';
import { LoginRefused } from './login/login-refused.js';
import type { Membership } from './membership.js';
import { ProtocolViolation } from './protocol/close-codes.js';
import type { WorkerFrame } from './protocol/frame-codec.js';
import { FRAME } from './protocol/frame-types.js';
import { Connection } from './session/connection.js';
import { Session } from './session/session.js';
import { RELEASE } from './version.js';
import type { WorkerInfo } from './worker-info.js';

/** Frames and bytes that may be outstanding in a session, either way. */
export const WINDOW = { window: 512, windowBytes: 16 * 2 ** 20 } as const;

/** A session: the worker, its keys, its connection if there is one, and how long it is waited for if there is none. */
export interface Seat {
  readonly worker: Worker;
  readonly keys: string;
  /** The IP address of its last connection. */
  address: string;
  connection: Connection | undefined;
  wasConnected: boolean;
  grace: NodeJS.Timeout | undefined;
}

/** The other parts of the bridge. */
interface Surroundings {
  readonly settings: BridgeSettings;
  readonly tokens: EnrolmentTokens;
  readonly events: BridgeEvents;
  readonly membership: Membership;
  readonly served: ServedAgents;
}

/** The workers that are logged in, each with its session, from the first login until the session ends. */
export class Seats {
  readonly #seats = new Map<string, Seat>();
  readonly #listeners = new Set<(worker: Worker) => void>();
  readonly #trust: TrustOperations;
  readonly #settings: BridgeSettings;
  readonly #tokens: EnrolmentTokens;
  readonly #events: BridgeEvents;
  readonly #membership: Membership;
  readonly #served: ServedAgents;

  constructor({ settings, tokens, events, membership, served }: Surroundings) {
    this.#trust = settings.trust;
    this.#settings = settings;
    this.#tokens = tokens;
    this.#events = events;
    this.#membership = membership;
    this.#served = served;
  }

  *workers(): Generator<Worker> {
    for (const { worker } of this.#seats.values()) yield worker;
  }

  /** Whether a connected worker that is not draining serves an agent. */
  isServed(agent: string): boolean {
    for (const { worker } of this.#seats.values())
      if (worker.session.isAttached && !worker.isDraining && worker.serves(agent)) return true;
    return false;
  }

  /** A description of each worker, in the order in which they joined. */
  list(): WorkerInfo[] {
    return [...this.#seats.values()].flatMap(({ worker, address, wasConnected }) =>
      wasConnected ? [worker.describe(address)] : [],
    );
  }

  /** Calls a listener for every worker that is connected, again when it comes back. @returns the function that stops this. */
  onConnected(listener: (worker: Worker) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** The session that a worker asks for: the one it had, or a new one. @throws LoginRefused. */
  async take({ session: id, resume, software, join }: Introduction): Promise<Seat> {
    const agents = await admit(this.#trust, this.#tokens, join);
    const keys = agents.map(({ name, publicKey }) => `${name}=${publicKey}`).join('\n');
    const known = this.#seats.get(id);
    if (known) {
      if (known.keys === keys) return known;
      throw new LoginRefused(
        'SESSION_TAKEN',
        'the session belongs to other agents',
        'Start a separate session.',
      );
    }
    if (resume)
      throw new LoginRefused(
        'SESSION_UNKNOWN',
        'the session does not exist any more',
        'Start a new session.',
      );
    const terms = {
      agents,
      software,
      maxInFlight: join.max_in_flight,
      maxMessage: this.#settings.maxMessageBytes,
    };
    const worker = new Worker(new Session(id, WINDOW), terms, {
      onRoom: () => {
        for (const { name } of agents) this.#membership.serve(name);
      },
      onDrain: () => this.#events.emit({ type: 'workerDraining', worker: worker.describe(seat.address) }),
    });
    const seat: Seat = {
      worker,
      keys,
      address: '',
      connection: undefined,
      wasConnected: false,
      grace: undefined,
    };
    this.#seats.set(id, seat);
    // Until its connection is there: the worker can be gone before it gets its WELCOME.
    this.waitFor(seat);
    await this.#membership.join(worker);
    // Meanwhile the bridge can have closed, or its grace has passed: a session that has ended is in no list, and nothing
    // would ever end its connection.
    if (worker.isEnded)
      throw new LoginRefused(
        'SESSION_UNKNOWN',
        'the session ended before the login did',
        'Start a new session.',
      );
    return seat;
  }

  /** The worker is there, for the first time or again. @throws ProtocolViolation for what it says it received. */
  connect(seat: Seat, socket: WebSocket, address: string, peerReceived: number): void {
    const { worker } = seat;
    const isBack = seat.wasConnected;
    seat.wasConnected = true;
    seat.address = address;
    clearTimeout(seat.grace);
    seat.grace = undefined;
    const older = seat.connection;
    const connection = new Connection(socket, worker.session, this.#settings.heartbeat, {
      onFrame: (frame) => this.onFrame(worker, frame),
      onViolation: ({ reason, message }) =>
        this.#events.emit({ type: 'violation', address, code: reason, message }),
      onClose: () => {
        if (seat.connection === connection) this.disconnected(seat);
      },
    });
    seat.connection = connection;
    older?.close('superseded', 'the session goes on on another connection');
    try {
      worker.session.attach(connection, peerReceived);
    } catch (error) {
      if (!(error instanceof ProtocolViolation)) throw error;
      connection.close(error.reason, error.message);
      throw error;
    }
    if (isBack) this.#membership.changed(worker, true);
    else this.joined(seat);
    for (const listener of this.#listeners) listener(worker);
  }

  /** Workers that are known to be gone are not waited for. */
  forget(isGone: (worker: Worker) => boolean, reason: string): void {
    for (const [id, { worker }] of this.#seats) if (isGone(worker)) this.end(id, reason);
  }

  /** Says farewell to every worker. */
  close(): void {
    for (const [id, { worker, connection }] of [...this.#seats]) {
      worker.send(FRAME.bye, { reason: 'the bridge closes' });
      connection?.close('stopped', 'the bridge closes');
      this.end(id, 'the bridge closed');
    }
  }

  private joined({ worker, address }: Seat): void {
    for (const { name } of worker.agents) this.#membership.serve(name);
    this.#events.emit({ type: 'workerJoined', worker: worker.describe(address) });
    const version = worker.said.versions['kaizen-eatp-bridge'];
    if (version === undefined || version.startsWith(`${RELEASE}.`)) return;
    const message = `a worker runs kaizen-eatp-bridge ${version}, and this bridge belongs to release ${RELEASE}`;
    this.#events.emit({ type: 'warning', code: 'RELEASE_DIFFERS', message });
  }

  private disconnected(seat: Seat): void {
    const { worker } = seat;
    seat.connection = undefined;
    worker.session.detach();
    if (worker.isEnded) return;
    this.waitFor(seat);
    this.#membership.changed(worker, false);
  }

  private waitFor(seat: Seat): void {
    const { grace } = this.#settings;
    const reason = `it was away for more than ${grace} ms`;
    clearTimeout(seat.grace);
    seat.grace = setTimeout(() => this.end(seat.worker.session.id, reason), grace);
  }

  private end(id: string, reason: string): void {
    const seat = this.#seats.get(id);
    if (!seat) return;
    this.#seats.delete(id);
    clearTimeout(seat.grace);
    this.#events.duplicates += seat.worker.session.duplicates;
    this.#membership.leave(seat.worker, reason);
    if (seat.wasConnected)
      this.#events.emit({ type: 'workerLeft', worker: seat.worker.describe(seat.address), reason });
    this.#served.forget(seat.worker);
    seat.worker.end(reason);
    seat.connection?.close('stopped', reason);
  }

  private onFrame(worker: Worker, frame: WorkerFrame): void {
    switch (frame.name) {
      case 'invoke':
        void this.#served.invoke(worker, frame.body);
        return;
      case 'cancel':
        return this.#served.cancel(worker, frame.body.call, frame.body.reason);
      case 'bye':
        return this.end(worker.session.id, frame.body.reason || 'it left');
      default:
        return worker.take(frame);
    }
  }
}
