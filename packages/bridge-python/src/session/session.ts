import { ProtocolViolation } from '../protocol/close-codes.js';
import { encodeNumbered } from '../protocol/frame-codec.js';
import type { FrameType } from '../protocol/frame-types.js';

/** Where the frames of a session go while there is a connection. */
export interface Link {
  send(frame: Buffer): void;
}

export interface WindowLimits {
  /** Frames that may be outstanding. */
  readonly window: number;
  /** Bytes that may be outstanding; a single larger frame may go when nothing else is. */
  readonly windowBytes: number;
}

interface Outstanding {
  readonly number: number;
  readonly frame: Buffer;
}

interface Waiting {
  readonly size: number;
  go(): void;
  stop(error: Error): void;
}

/**
 * One side of a session: what it sent is kept until it is acknowledged, what it takes is taken once and in order
 * (docs/protocol.md, "Sessions"). It outlives connections, and knows nothing of sockets and time.
 */
export class Session {
  #link: Link | undefined;
  #end: Error | undefined;
  #sent = 0;
  #received = 0;
  #acknowledged = 0;
  // Acknowledged frames are dropped from the front; the array is cut when half of it is gone.
  #outstanding: Outstanding[] = [];
  #first = 0;
  #bytes = 0;
  readonly #waiting: Waiting[] = [];
  #nextWaiting = 0;
  #waitingBytes = 0;
  #wasFull = false;

  /** Frames that came a second time, and were dropped. */
  duplicates = 0;

  constructor(
    readonly id: string,
    private readonly limits: WindowLimits,
  ) {}

  get isAttached(): boolean {
    return this.#link !== undefined;
  }

  /** The highest number that was taken. */
  get received(): number {
    return this.#received;
  }

  /** How many frames were taken that the peer was not told of yet. */
  get unacknowledged(): number {
    return this.#received - this.#acknowledged;
  }

  /** How many frames the peer has not acknowledged. */
  get outstanding(): number {
    return this.#outstanding.length - this.#first;
  }

  /** Whether a frame would go immediately, instead of waiting for the peer to acknowledge others. */
  get isOpen(): boolean {
    return this.#nextWaiting === this.#waiting.length && this.hasRoom();
  }

  /** Receives a notice each time that frames no longer have to wait. */
  onOpen: (() => void) | undefined;

  /** How many frames wait until the peer acknowledges others. */
  get waiting(): number {
    return this.#waiting.length - this.#nextWaiting;
  }

  /** The size of the values in the frames that wait. */
  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  get outstandingBytes(): number {
    return this.#bytes;
  }

  /** Returns the number to acknowledge, and counts it as acknowledged; undefined if there is none. */
  takeAck(): number | undefined {
    if (this.unacknowledged === 0) return undefined;
    this.#acknowledged = this.#received;
    return this.#received;
  }

  /**
   * Sends a frame: now, or as soon as there is room.
   *
   * @param size - that of the values in it, in bytes, as far as it is worth counting while the frame waits.
   * @returns what to wait for, if there is no room yet.
   * @throws the reason, once the session has ended.
   */
  send(type: FrameType, body: object, size = 0): Promise<void> | undefined {
    if (this.#end) throw this.#end;
    if (this.isOpen) return this.emit(type, body);
    this.#waitingBytes += size;
    return new Promise<void>((resolve, reject) => {
      this.#waiting.push({
        size,
        go: () => {
          this.emit(type, body);
          resolve();
        },
        stop: reject,
      });
    });
  }

  /** @returns whether the frame is new. @throws ProtocolViolation `gap` if one before it is missing. */
  take(number: number): boolean {
    if (number === this.#received + 1) {
      this.#received = number;
      return true;
    }
    if (number > this.#received || number === 0)
      throw new ProtocolViolation('gap', `frame ${number} after frame ${this.#received}`);
    this.duplicates += 1;
    return false;
  }

  /** The peer has taken everything up to a number. @throws ProtocolViolation for what was never sent. */
  acknowledge(received: number): void {
    if (received > this.#sent)
      throw new ProtocolViolation(
        'malformed',
        `frame ${received} is acknowledged, and ${this.#sent} were sent`,
      );
    while (this.#first < this.#outstanding.length) {
      const { number, frame } = this.#outstanding[this.#first] as Outstanding;
      if (number > received) break;
      this.#bytes -= frame.length;
      this.#first += 1;
    }
    if (this.#first * 2 > this.#outstanding.length) {
      this.#outstanding = this.#outstanding.slice(this.#first);
      this.#first = 0;
    }
    this.letGo();
  }

  /**
   * A connection is there: everything that the peer has not taken goes again, byte for byte.
   *
   * @throws ProtocolViolation for what was never sent.
   */
  attach(link: Link, peerReceived: number): void {
    this.acknowledge(peerReceived);
    this.#link = link;
    this.#acknowledged = this.#received;
    for (let i = this.#first; i < this.#outstanding.length; i++)
      link.send((this.#outstanding[i] as Outstanding).frame);
  }

  detach(): void {
    this.#link = undefined;
  }

  /** Ends the session. Frames that wait for room fail with the reason. */
  end(reason: Error): void {
    if (this.#end) return;
    this.#end = reason;
    this.#link = undefined;
    for (const waiting of this.#waiting.splice(0).slice(this.#nextWaiting)) waiting.stop(reason);
    this.#outstanding = [];
    this.#first = 0;
    this.#bytes = this.#waitingBytes = 0;
  }

  private hasRoom(): boolean {
    const count = this.outstanding;
    return count === 0 || (count < this.limits.window && this.#bytes < this.limits.windowBytes);
  }

  private emit(type: FrameType, body: object): undefined {
    this.#sent += 1;
    const frame = encodeNumbered(type, this.#sent, body);
    this.#outstanding.push({ number: this.#sent, frame });
    this.#bytes += frame.length;
    if (!this.hasRoom()) this.#wasFull = true;
    this.#link?.send(frame);
  }

  private letGo(): void {
    while (this.#nextWaiting < this.#waiting.length && this.hasRoom()) {
      const { go, size } = this.#waiting[this.#nextWaiting] as Waiting;
      this.#nextWaiting += 1;
      this.#waitingBytes -= size;
      go();
    }
    if (this.#nextWaiting * 2 > this.#waiting.length) {
      this.#waiting.splice(0, this.#nextWaiting);
      this.#nextWaiting = 0;
    }
    if (this.#wasFull && this.isOpen) {
      this.#wasFull = false;
      this.onOpen?.();
    }
  }
}
