import { connect, createServer, type Server, type Socket } from 'node:net';

export type Direction = 'to bridge' | 'to worker';

/** The change to one WebSocket frame on its way. */
export type Fault = 'pass' | 'cut' | 'truncate' | 'duplicate' | 'delay' | 'overtake';

/** Decides about a frame by its place among all frames since the plan was set. */
export type Plan = (index: number, direction: Direction) => Fault;

const DELAY = 15;

/**
 * Between a worker and a bridge, with an eye for WebSocket frames: it cuts the connection before one, in the middle of one,
 * lets one through twice or late, or lets a new connection overtake it: the old one then delivers it when the new one is at
 * work already.
 */
export class FaultyProxy {
  readonly #server: Server;
  readonly #pairs = new Set<Pair>();
  #plan: Plan = () => 'pass';
  #index = 0;
  /** The frames that passed since the plan was set. */
  seen: Direction[] = [];
  connections = 0;

  private constructor(target: URL) {
    this.#server = createServer((client) => {
      this.connections += 1;
      const pair = new Pair(client, target, (direction) => {
        this.seen.push(direction);
        return this.#plan(this.#index++, direction);
      });
      this.#pairs.add(pair);
      pair.onLive = () => {
        // All that an older connection held back comes now.
        for (const older of this.#pairs) if (older !== pair) older.release();
      };
      pair.onEnd = () => void this.#pairs.delete(pair);
    });
  }

  static async before(url: string): Promise<FaultyProxy> {
    const proxy = new FaultyProxy(new URL(url));
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.#server.address() as { port: number }).port}`;
  }

  /** From the next frame on. */
  set plan(plan: Plan) {
    this.#plan = plan;
    this.#index = 0;
    this.seen = [];
  }

  /** Cuts every connection. */
  cut(): void {
    for (const pair of this.#pairs) pair.cut();
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}

/** One connection of a worker, and the one to the bridge behind it. */
class Pair {
  readonly #bridge: Socket;
  readonly #held: Buffer[] = [];
  #isOver = false;
  #isOvertaken = false;
  #isTruncated = false;
  #bridgeFrames = 0;
  onEnd: () => void = () => undefined;
  onLive: () => void = () => undefined;

  constructor(
    private readonly worker: Socket,
    target: URL,
    judge: (direction: Direction) => Fault,
  ) {
    this.#bridge = connect({ host: target.hostname, port: Number(target.port) });
    const toBridge = new FrameSplitter();
    const toWorker = new FrameSplitter();
    worker.on('data', (data: Buffer) =>
      this.forward(toBridge.split(data), this.#bridge, () => judge('to bridge')),
    );
    this.#bridge.on('data', (data: Buffer) => {
      this.forward(toWorker.split(data), worker, () => judge('to worker'));
      // The third frame from the bridge is the first after its login.
      this.#bridgeFrames += 1;
      if (this.#bridgeFrames === 3) this.onLive();
    });
    for (const socket of [worker, this.#bridge]) {
      socket.setNoDelay(true);
      socket.on('error', () => undefined);
    }
    worker.once('close', () => {
      if (!this.#isOvertaken) this.cut();
    });
    this.#bridge.once('close', () => this.cut());
  }

  cut(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.worker.destroy();
    this.#bridge.destroy();
    this.onEnd();
  }

  /** Lets through what was overtaken. */
  release(): void {
    if (!this.#isOvertaken) return;
    for (const bytes of this.#held.splice(0)) this.#bridge.write(bytes);
    setTimeout(() => this.cut(), DELAY);
  }

  private async forward(pieces: readonly Piece[], to: Socket, judge: () => Fault): Promise<void> {
    for (const { bytes, isFrame } of pieces) {
      if (this.#isOver || this.#isTruncated) return;
      const fault = isFrame ? judge() : 'pass';
      if (this.#isOvertaken) {
        if (to === this.#bridge) this.#held.push(bytes);
        continue;
      }
      switch (fault) {
        case 'cut':
          return this.cut();
        case 'truncate':
          // Nothing may follow: it would be taken for the rest of the frame, as bytes that no sender wrote.
          this.#isTruncated = true;
          to.write(bytes.subarray(0, Math.ceil(bytes.length / 2)), () => this.cut());
          return;
        case 'duplicate':
          to.write(Buffer.concat([bytes, bytes]));
          break;
        case 'overtake':
          this.#isOvertaken = true;
          if (to === this.#bridge) this.#held.push(bytes);
          // The worker notices, the bridge does not.
          this.worker.destroy();
          break;
        case 'delay':
          to.cork();
          setTimeout(() => to.uncork(), DELAY);
          to.write(bytes);
          break;
        default:
          to.write(bytes);
      }
    }
  }
}

interface Piece {
  readonly bytes: Buffer;
  /** False for the HTTP request and its answer. */
  readonly isFrame: boolean;
}

/** Finds the HTTP head of a connection, and then one WebSocket frame after the other (RFC 6455, 5.2). */
class FrameSplitter {
  #left = Buffer.alloc(0);
  #isUpgraded = false;

  split(data: Buffer): Piece[] {
    this.#left = Buffer.concat([this.#left, data]);
    const pieces: Piece[] = [];
    if (!this.#isUpgraded) {
      const end = this.#left.indexOf('\r\n\r\n');
      if (end < 0) return pieces;
      pieces.push({ bytes: this.take(end + 4), isFrame: false });
      this.#isUpgraded = true;
    }
    for (let size = this.frameSize(); size > 0 && this.#left.length >= size; size = this.frameSize())
      pieces.push({ bytes: this.take(size), isFrame: true });
    return pieces;
  }

  private frameSize(): number {
    const bytes = this.#left;
    if (bytes.length < 2) return 0;
    const isMasked = ((bytes[1] as number) & 0x80) !== 0;
    const short = (bytes[1] as number) & 0x7f;
    const width = short === 126 ? 2 : short === 127 ? 8 : 0;
    if (bytes.length < 2 + width) return 0;
    const size = width === 0 ? short : width === 2 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
    return 2 + width + (isMasked ? 4 : 0) + size;
  }

  private take(size: number): Buffer {
    const taken = this.#left.subarray(0, size);
    this.#left = this.#left.subarray(size);
    return taken;
  }
}
