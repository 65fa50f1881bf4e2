import { randomBytes } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { WebSocket } from 'ws';
import { CLOSE, ProtocolViolation } from '../protocol/close-codes.js';
import {
  decodeFrames,
  decodeSealed,
  encodeFrame,
  encodeSealed,
  type WorkerFrameOf,
} from '../protocol/frame-codec.js';
import { type Hello, type Join, join as joinSchema } from '../protocol/frame-schemas.js';
import { FRAME } from '../protocol/frame-types.js';
import type { BridgeKey } from './bridge-key.js';
import { LoginRefused } from './login-refused.js';
import { agentPreimage, bridgePreimage, isSignedBy } from './transcript.js';

export const PROTOCOL_VERSION = 4;

/** The bridge's limits and times, which a worker receives before it joins. */
export interface BridgeTerms {
  readonly max_message: number;
  readonly window: number;
  readonly window_bytes: number;
  readonly heartbeat_ms: number;
  readonly grace_ms: number;
  /** The bridge's clock, in milliseconds since 1970: a worker whose clock is far from it would refuse every proof. */
  readonly time_ms: bigint;
  /** The release that the bridge belongs to. */
  readonly release: string;
  /** The versions of the bridge, for logs. */
  readonly software: string;
}

/** A worker's account of itself, with its keys proven. */
export interface Introduction {
  readonly session: string;
  readonly resume: boolean;
  readonly received: number;
  readonly software: string;
  readonly join: Join;
}

/** The parts of the bridge that a login uses. */
export interface LoginHost {
  readonly key: BridgeKey;
  readonly terms: BridgeTerms;
  /**
   * Refuses a JOIN that could not be let in even with valid signatures. It is asked before any signature is verified,
   * since a stranger can make the bridge verify 256 of them with each message.
   */
  expectInvited(join: Join): Promise<void>;
  /** The worker has shown that it speaks the protocol: it answers HELLO. */
  onHello(): void;
}

/** Signatures that are verified in one turn of the event loop: about a millisecond's work. */
const SIGNATURES_A_TURN = 8;

/**
 * The first three steps of a login: HELLO, CHALLENGE, JOIN. The result proves that the worker holds the keys of its
 * agents now, and says nothing about whether they are let in.
 *
 * @throws LoginRefused, ProtocolViolation.
 */
export async function hearIntroduction(
  socket: WebSocket,
  { key, terms, expectInvited, onHello }: LoginHost,
): Promise<Introduction> {
  const messages = new LoginMessages(socket);
  try {
    const helloBytes = await messages.next();
    const { body: hello } = expectFrame(helloBytes, 'hello');
    if (!hello.versions.includes(PROTOCOL_VERSION)) throw unknownVersion(hello);
    onHello();
    const body = encodeSealed({
      version: PROTOCOL_VERSION,
      nonce: randomBytes(32),
      bridge_key: key.publicBytes,
      ...terms,
    });
    const signature = key.sign(bridgePreimage(helloBytes, body));
    const challenge = encodeFrame(FRAME.challenge, { body, signature });
    socket.send(challenge);
    const { body: sealed } = expectFrame(await messages.next(), 'join');
    const join = decodeSealed(sealed.body, joinSchema, 'join');
    await expectInvited(join);
    await expectSigned(join, sealed.signatures, agentPreimage(helloBytes, challenge, sealed.body));
    const session = Buffer.from(hello.session).toString('hex');
    return { session, resume: hello.resume, received: hello.received, software: hello.software, join };
  } finally {
    messages.stop();
  }
}

/** Stops at the first signature that is invalid. @throws LoginRefused `SIGNATURE_INVALID`. */
async function expectSigned(
  { agents }: Join,
  signatures: Readonly<Record<string, Uint8Array>>,
  preimage: Uint8Array,
): Promise<void> {
  for (const [index, { name, public_key }] of agents.entries()) {
    if (index % SIGNATURES_A_TURN === SIGNATURES_A_TURN - 1) await nextTurn();
    const signed = Object.hasOwn(signatures, name) ? signatures[name] : undefined;
    if (signed && isSignedBy(public_key, preimage, signed)) continue;
    throw new LoginRefused(
      'SIGNATURE_INVALID',
      `agent '${name}' does not hold the key that it names`,
      'Use the key file that the key came from.',
    );
  }
}

function unknownVersion({ versions }: Hello): LoginRefused {
  const isOlder = Math.max(...versions) < PROTOCOL_VERSION;
  return new LoginRefused(
    'VERSION_UNKNOWN',
    `the worker speaks version ${versions.join(', ')} of the protocol, and the bridge version ${PROTOCOL_VERSION}`,
    isOlder
      ? "Update the worker's package: pip install --upgrade kaizen-eatp-bridge."
      : "Update the bridge's package: npm install @kaizen-eatp/bridge-python@latest.",
  );
}

function expectFrame<Name extends 'hello' | 'join'>(bytes: Buffer, name: Name): WorkerFrameOf<Name> {
  const [frame, more] = decodeFrames(bytes);
  if (frame?.name === name && !more) return frame as WorkerFrameOf<Name>;
  throw new ProtocolViolation('malformed', `expected ${name}, and nothing else, got ${frame?.name}`);
}

/** The messages of a socket one by one, as long as it logs in. */
class LoginMessages {
  readonly #came: Buffer[] = [];
  #waiting: { resolve(bytes: Buffer): void; reject(error: Error): void } | undefined;
  readonly #onMessage = (data: Buffer, isBinary: boolean): void => {
    if (!isBinary) this.fail(new ProtocolViolation('malformed', 'a message of text'));
    else if (this.#waiting) this.#waiting.resolve(data);
    else this.#came.push(data);
  };
  readonly #onClose = (code: number): void =>
    this.fail(new ProtocolViolation(code === CLOSE.tooLarge ? 'tooLarge' : 'stopped', 'the worker left'));
  #failed: Error | undefined;

  constructor(private readonly socket: WebSocket) {
    socket.on('message', this.#onMessage);
    socket.on('close', this.#onClose);
  }

  next(): Promise<Buffer> {
    if (this.#failed) return Promise.reject(this.#failed);
    const came = this.#came.shift();
    if (came) return Promise.resolve(came);
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
  }

  stop(): void {
    this.socket.off('message', this.#onMessage);
    this.socket.off('close', this.#onClose);
  }

  private fail(error: Error): void {
    this.#failed = error;
    this.#waiting?.reject(error);
  }
}
