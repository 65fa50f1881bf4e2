import type { WebSocket } from 'ws';
import { CLOSE, type CloseReason, ProtocolViolation } from '../protocol/close-codes.js';
import { decodeFrames, encodeFrame, type WorkerFrame } from '../protocol/frame-codec.js';
import { FRAME } from '../protocol/frame-types.js';
import type { Link, Session } from './session.js';

/** Frames that come up together are joined up to this many bytes; a larger one travels alone. */
const JOINED_BYTES = 4_096;
/** An acknowledgement is due after this many frames, or this many milliseconds. */
const ACK_FRAMES = 64;
const ACK_DELAY = 40;
/** With what is sent anyway it goes after this many frames or bytes: to take one along for each costs more than it tells. */
const ACK_ALONG_FRAMES = 8;
const ACK_ALONG_BYTES = 65_536;
/** While more bytes than this wait for a peer that reads slowly, acknowledgements and pongs do not go by themselves. */
const MOST_UNSENT = 65_536;
/** After this many bytes of one peer, others have their turn. */
const TURN_BYTES = 65_536;
/** A connection is taken for lost after more halves of a heartbeat than this without a word. */
const SILENT_HALVES = 6;

export interface ConnectionEvents {
  /** In order; a violation that it throws ends the connection. */
  onFrame(frame: WorkerFrame): void;
  onViolation(violation: ProtocolViolation): void;
  onClose(): void;
}

/** One WebSocket, after its login: joins what goes out, acknowledges what came in, and notices when it is dead. */
export class Connection implements Link {
  readonly #outbox: Buffer[] = [];
  #outboxBytes = 0;
  #unacknowledgedBytes = 0;
  #turnBytes = 0;
  /** The ping to answer: only the newest is answered, since a flood of them must not pile up. */
  #pinged: number | undefined;
  #isFlushing = false;
  #isClosed = false;
  #ackTimer: NodeJS.Timeout | undefined;
  readonly #heart: NodeJS.Timeout;
  #silentHalves = 0;
  #sentAt = Date.now();
  #pings = 0;

  constructor(
    private readonly socket: WebSocket,
    private readonly session: Session,
    private readonly heartbeat: number,
    private readonly events: ConnectionEvents,
  ) {
    socket.on('message', (data, isBinary) => this.receive(data as Buffer, isBinary));
    socket.once('close', () => this.closed());
    this.#heart = setInterval(() => this.beat(), Math.max(10, heartbeat / 2));
    this.#heart.unref();
  }

  /** Goes with whatever else comes up while the same code runs; but what fills a message goes at once. */
  send(frame: Buffer): void {
    if (this.#isClosed) return;
    this.#outbox.push(frame);
    this.#outboxBytes += frame.length;
    if (this.#outboxBytes >= JOINED_BYTES) this.flush();
    else this.flushSoon();
  }

  private flushSoon(): void {
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    process.nextTick(() => this.flush());
  }

  /** Sends what is left, and ends the connection. */
  close(reason: CloseReason, message = ''): void {
    if (this.#isClosed) return;
    this.flush(true);
    this.socket.close(CLOSE[reason], message.slice(0, 100));
    // A peer that does not answer is not waited for.
    setTimeout(() => this.socket.terminate(), 1_000).unref();
    this.closed();
  }

  /** @param acknowledges - what came, even if it is little. */
  private flush(acknowledges = false): void {
    this.#isFlushing = false;
    if (this.#isClosed) return;
    if (this.#outbox.length === 0 && this.socket.bufferedAmount > MOST_UNSENT) return this.flushLater();
    if (acknowledges || this.isMuchUnacknowledged()) {
      const received = this.session.takeAck();
      if (received !== undefined) this.#outbox.unshift(encodeFrame(FRAME.ack, received));
      this.#unacknowledgedBytes = 0;
    }
    if (this.#pinged !== undefined) this.#outbox.unshift(encodeFrame(FRAME.pong, this.#pinged));
    this.#pinged = undefined;
    if (this.#outbox.length === 0) return;
    this.#sentAt = Date.now();
    const frames = this.#outbox.splice(0);
    this.#outboxBytes = 0;
    let joined: Buffer[] = [];
    let size = 0;
    const sendJoined = (): void => {
      const [only] = joined;
      if (only) this.socket.send(joined.length === 1 ? only : Buffer.concat(joined, size));
      joined = [];
      size = 0;
    };
    for (const frame of frames) {
      if (size + frame.length > JOINED_BYTES) sendJoined();
      joined.push(frame);
      size += frame.length;
    }
    sendJoined();
  }

  private isMuchUnacknowledged(): boolean {
    return this.session.unacknowledged >= ACK_ALONG_FRAMES || this.#unacknowledgedBytes >= ACK_ALONG_BYTES;
  }

  private receive(data: Buffer, isBinary: boolean): void {
    if (this.#isClosed) return;
    this.#silentHalves = 0;
    this.#unacknowledgedBytes += data.length;
    try {
      if (!isBinary) throw new ProtocolViolation('malformed', 'a message of text');
      for (const frame of decodeFrames(data)) {
        this.take(frame);
        if (this.#isClosed) return;
      }
    } catch (error) {
      if (!(error instanceof ProtocolViolation)) throw error;
      this.events.onViolation(error);
      this.close(error.reason, error.message);
      return;
    }
    this.noteAck();
    this.giveWay(data.length);
  }

  /** Node reads a socket many times before it turns to the next one, and what a peer floods it with can be costly to take. */
  private giveWay(size: number): void {
    const isOver = this.#turnBytes > TURN_BYTES;
    this.#turnBytes += size;
    if (isOver || this.#turnBytes <= TURN_BYTES) return;
    this.socket.pause();
    setImmediate(() => {
      this.#turnBytes = 0;
      this.socket.resume();
    });
  }

  private take(frame: WorkerFrame): void {
    switch (frame.name) {
      case 'ack':
        return this.session.acknowledge(frame.received);
      case 'ping':
        this.#pinged = frame.token;
        return this.flushSoon();
      case 'pong':
        return;
      case 'hello':
      case 'join':
      case 'refuse':
        throw new ProtocolViolation('malformed', `${frame.name} after the login`);
      default:
        if (this.session.take(frame.number)) this.events.onFrame(frame);
    }
  }

  private noteAck(): void {
    const due = this.session.unacknowledged;
    if (due === 0 || this.#isClosed) return;
    if (due >= ACK_FRAMES) {
      if (!this.#isFlushing) this.flush();
      return;
    }
    this.flushLater();
  }

  private flushLater(): void {
    // Left running when something else takes the acknowledgement along: a timer for each frame would cost more.
    this.#ackTimer ??= setTimeout(() => {
      this.#ackTimer = undefined;
      this.flush(true);
    }, ACK_DELAY).unref();
  }

  private beat(): void {
    // Counted, not timed: after a time in which this process did something else, what came meanwhile is yet to be read.
    this.#silentHalves += 1;
    if (this.#silentHalves > SILENT_HALVES) {
      this.events.onViolation(new ProtocolViolation('silent', 'nothing was heard for three heartbeats'));
      this.close('silent');
      this.socket.terminate();
    } else if (Date.now() - this.#sentAt >= this.heartbeat) {
      this.send(encodeFrame(FRAME.ping, ++this.#pings));
    }
  }

  private closed(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearTimeout(this.#ackTimer);
    clearInterval(this.#heart);
    this.#outbox.length = 0;
    this.events.onClose();
  }
}
