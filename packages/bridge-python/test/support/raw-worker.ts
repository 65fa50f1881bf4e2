import { randomBytes, sign } from 'node:crypto';
import { generateKeyPair, type KeyPair } from '@kaizen-eatp/core';
import { importPrivateKey } from '@kaizen-eatp/core/records';
import { Packr, Unpackr } from 'msgpackr';
import { WebSocket } from 'ws';
import { agentPreimage } from '../../src/login/transcript.js';
import { FRAME } from '../../src/protocol/frame-types.js';

const packr = new Packr({ useRecords: false });
const unpackr = new Unpackr({ useRecords: false });

export type RawFrame = readonly [type: number, second: unknown, third?: unknown];

export interface SealedJoin {
  readonly body: Buffer;
  readonly signatures: Record<string, Buffer>;
}

export interface RawLogin {
  readonly agents: Readonly<Record<string, KeyPair>>;
  readonly token?: string | null;
  readonly session?: Buffer;
  readonly resume?: boolean;
  readonly received?: number;
  readonly versions?: readonly number[];
  readonly maxInFlight?: number;
  readonly capabilities?: Readonly<Record<string, readonly string[]>> | undefined;
  readonly software?: string;
  /** Names every agent a second time. */
  readonly twice?: boolean;
  /** Changes the JOIN frame before it is sent. */
  readonly forge?: (join: SealedJoin) => unknown;
}

/** Half of the protocol in a few lines, without the care of a real worker, so that tests can do what none would. */
export class RawWorker {
  readonly frames: RawFrame[] = [];
  readonly messages: Buffer[] = [];
  closed: { readonly code: number; readonly reason: string } | undefined;
  sent = 0;
  #waiting: (() => void)[] = [];

  private constructor(readonly socket: WebSocket) {
    socket.on('message', (data: Buffer) => {
      this.messages.push(data);
      for (const frame of unpackr.unpackMultiple(data) as RawFrame[]) this.frames.push(frame);
      this.wake();
    });
    socket.on('close', (code, reason) => {
      this.closed = { code, reason: reason.toString() };
      this.wake();
    });
    socket.on('error', () => undefined);
  }

  static async connect(url: string, headers: Record<string, string> = {}): Promise<RawWorker> {
    const socket = new WebSocket(url, { perMessageDeflate: false, headers });
    const worker = new RawWorker(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
      socket.once('close', () => reject(new Error('closed')));
    });
    return worker;
  }

  /** Logs in. @returns the WELCOME or REFUSE frame, if one came. */
  async login(login: RawLogin): Promise<RawFrame | undefined> {
    const { session = randomBytes(16), resume = false, received = 0, versions = [4] } = login;
    const { software = 'raw-worker' } = login;
    const hello = packr.pack([
      FRAME.hello,
      { versions, session, resume, received, nonce: randomBytes(32), software },
    ]);
    this.socket.send(hello);
    const challenge = await this.next(FRAME.challenge);
    if (!challenge) return this.frames.find(([type]) => type === FRAME.refuse);
    const challengeBytes = this.messages.at(-1) as Buffer;
    const agents = Object.entries(login.agents).map(([name, { publicKey }]) => ({
      name,
      public_key: Buffer.from(publicKey, 'base64'),
      kind: 'function',
    }));
    const body = packr.pack({
      agents: login.twice ? [...agents, ...agents] : agents,
      token: login.token ?? null,
      max_in_flight: login.maxInFlight ?? 256,
      capabilities: login.capabilities ?? null,
    });
    const preimage = agentPreimage(hello, challengeBytes, body);
    const signatures = Object.fromEntries(
      Object.entries(login.agents).map(([name, { privateKey }]) => [
        name,
        sign(null, preimage, importPrivateKey(privateKey)),
      ]),
    );
    const join = { body, signatures };
    this.socket.send(packr.pack([FRAME.join, login.forge?.(join) ?? join]));
    return this.next(FRAME.welcome, FRAME.refuse);
  }

  /** The next frame of one of these types that was not looked at yet; undefined if the connection ends before. */
  async next(...types: readonly number[]): Promise<RawFrame | undefined> {
    for (;;) {
      const at = this.frames.findIndex(([type]) => types.includes(type));
      if (at >= 0) return this.frames.splice(at, 1)[0];
      if (this.closed) return undefined;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  async untilClosed(): Promise<{ readonly code: number; readonly reason: string }> {
    while (!this.closed) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return this.closed;
  }

  /** Numbered, in order. */
  send(type: number, body: object): Buffer {
    this.sent += 1;
    return this.sendRaw(packr.pack([type, this.sent, body]));
  }

  sendFrame(frame: readonly unknown[]): Buffer {
    return this.sendRaw(packr.pack(frame));
  }

  sendRaw(bytes: Buffer): Buffer {
    this.socket.send(bytes);
    return bytes;
  }

  /** Answers calls for as long as the connection lasts. */
  async serve(answer: (input: unknown, agent: string) => unknown): Promise<void> {
    for (;;) {
      const frame = await this.next(FRAME.invoke);
      if (!frame) return;
      const [, number, { call, agent, input }] = frame as unknown as [
        number,
        number,
        { call: number; agent: string; input: Buffer },
      ];
      this.sendFrame([FRAME.ack, number]);
      this.send(FRAME.result, { call, output: packr.pack(answer(unpackr.unpack(input), agent)) });
    }
  }

  close(): void {
    this.socket.terminate();
  }

  private wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}

export const keysFor = <Name extends string>(...names: Name[]): Record<Name, KeyPair> =>
  Object.fromEntries(names.map((name) => [name, generateKeyPair()])) as Record<Name, KeyPair>;
