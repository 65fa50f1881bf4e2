import { createServer as createHttpServer, type IncomingMessage, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { BridgeSettings } from './bridge-options.js';
import { answerHealth, type Readiness } from './health.js';
import { CLOSE } from './protocol/close-codes.js';

/** How long a login may take, from the first byte on, in milliseconds. */
export const LOGIN_TIME = 5_000;
/** How much a worker can send before its login is complete. */
const LOGIN_BYTES = 65_536;

/** A connection that has not logged in yet. */
export interface Caller {
  readonly socket: WebSocket;
  readonly address: string;
  /** It speaks the protocol: HELLO was received. */
  greeted(): void;
  /** It is to be refused, which can take longer than a login may. */
  judged(): void;
  /** It has logged in, and may stay and send as much as it likes. */
  welcome(): void;
}

interface Pending {
  readonly socket: Socket;
  readonly address: string;
  readonly timer: NodeJS.Timeout;
  /** How far its login has come: 0 a connection, 1 a WebSocket, 2 HELLO was received. */
  stage: 0 | 1 | 2;
  /** Tells it, if it speaks WebSocket already. */
  webSocket?: WebSocket;
}

export interface ListenerEvents {
  onCaller(caller: Caller): void;
  onCrowdedOut(): void;
  /** The state for `GET /ready`. */
  readonly readiness: Readiness;
}

/**
 * Listens for workers, and keeps those at bay that never say who they are: from the first byte of a connection on there is
 * a time, a number of bytes and a number of places for it.
 */
export class Listener {
  readonly #server: Server;
  readonly #sockets: WebSocketServer;
  // By address and port, in the order in which they came; a TLS socket is another object than the one it came as.
  readonly #pending = new Map<string, Pending>();

  private constructor(
    private readonly settings: BridgeSettings,
    private readonly events: ListenerEvents,
  ) {
    const { tls } = settings;
    this.#server = tls ? createTlsServer({ ...tls, minVersion: 'TLSv1.2' }) : createHttpServer();
    this.#sockets = new WebSocketServer({
      noServer: true,
      perMessageDeflate: false,
      maxPayload: settings.maxMessageBytes,
      autoPong: false,
      clientTracking: true,
    });
    this.#server.on('connection', (socket: Socket) => this.arrive(socket));
    this.#server.on('request', (request, response) => answerHealth(request, response, events.readiness));
    this.#server.on('upgrade', (request, socket, head) => this.upgrade(request, socket, head));
    this.#server.on('tlsClientError', (_error, socket) => socket.destroy());
  }

  /** @throws what `listen` fails with, for instance EADDRINUSE. */
  static async open(settings: BridgeSettings, events: ListenerEvents): Promise<Listener> {
    const listener = new Listener(settings, events);
    await new Promise<void>((resolve, reject) => {
      listener.#server.once('error', reject);
      listener.#server.listen({ host: settings.host, port: settings.port, backlog: 1_024 }, () => {
        listener.#server.off('error', reject);
        resolve();
      });
    });
    return listener;
  }

  get url(): string {
    const { address, family, port } = this.#server.address() as AddressInfo;
    const host = family === 'IPv6' ? `[${address}]` : address;
    return `${this.settings.tls ? 'wss' : 'ws'}://${host}:${port}`;
  }

  async close(): Promise<void> {
    for (const { socket, timer } of this.#pending.values()) {
      clearTimeout(timer);
      socket.destroy();
    }
    this.#pending.clear();
    for (const socket of this.#sockets.clients) socket.terminate();
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  private arrive(socket: Socket): void {
    const key = keyOf(socket);
    const timer = setTimeout(() => this.giveUp(key), LOGIN_TIME).unref();
    this.#pending.set(key, { socket, address: socket.remoteAddress ?? '', timer, stage: 0 });
    socket.on('error', () => undefined);
    socket.once('close', () => this.forget(key));
    if (this.#pending.size <= this.settings.maxPendingLogins) return;
    this.events.onCrowdedOut();
    const victim = chooseVictim(this.#pending, key);
    if (victim === undefined) return;
    this.#pending.get(victim)?.socket.destroy();
    this.forget(victim);
  }

  private upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const key = keyOf(socket as Socket);
    // A browser says where a page came from, and no page has business here.
    if (request.headers.origin !== undefined || !this.#pending.has(key)) {
      socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n');
      return;
    }
    let received = head.length;
    const count = (data: Buffer): void => {
      received += data.length;
      if (received > LOGIN_BYTES) socket.destroy();
    };
    socket.on('data', count);
    this.#sockets.handleUpgrade(request, socket, head, (webSocket) => {
      webSocket.on('error', () => undefined);
      webSocket.on('ping', (data) => {
        // A peer that does not read gets no answers, since they would pile up.
        if (webSocket.bufferedAmount < LOGIN_BYTES) webSocket.pong(data);
      });
      const pending = this.#pending.get(key);
      if (!pending) return webSocket.terminate();
      pending.webSocket = webSocket;
      pending.stage = 1;
      this.events.onCaller({
        socket: webSocket,
        address: request.socket.remoteAddress ?? 'unknown',
        greeted: () => {
          pending.stage = 2;
        },
        judged: () => clearTimeout(pending.timer),
        welcome: () => {
          socket.off('data', count);
          this.forget(key);
        },
      });
    });
  }

  private giveUp(key: string): void {
    const pending = this.#pending.get(key);
    this.forget(key);
    if (!pending) return;
    const { webSocket, socket } = pending;
    if (!webSocket) {
      socket.destroy();
      return;
    }
    webSocket.close(CLOSE.loginTooSlow, 'the login took too long');
    setTimeout(() => socket.destroy(), 1_000).unref();
  }

  private forget(key: string): void {
    clearTimeout(this.#pending.get(key)?.timer);
    this.#pending.delete(key);
  }
}

const keyOf = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress}|${remotePort}`;

/**
 * Chooses the connection that makes room for another one. The address with the most connections gives one up: of those
 * that have come least far, any one. If it were the oldest, a flood of connections that say nothing would end each login
 * that is slower than the flood.
 */
function chooseVictim(pending: ReadonlyMap<string, Pending>, newcomer: string): string | undefined {
  const counts = new Map<string, number>();
  for (const { address } of pending.values()) counts.set(address, (counts.get(address) ?? 0) + 1);
  const [crowd] = [...counts].reduce((most, entry) => (entry[1] > most[1] ? entry : most));
  const candidates = [...pending].filter(([key, { address }]) => address === crowd && key !== newcomer);
  const least = Math.min(...candidates.map(([, { stage }]) => stage));
  const victims = candidates.filter(([, { stage }]) => stage === least);
  return victims[Math.floor(Math.random() * victims.length)]?.[0];
}
