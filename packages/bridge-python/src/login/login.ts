import { randomBytes } from 'node:crypto';
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

export const PROTOCOL_VERSION = 2;

/** The bridge's limits and times, which a worker receives before it joins. */
export interface BridgeTerms {
  readonly max_message: number;
  readonly window: number;
  readonly window_bytes: number;
  readonly heartbeat_ms: number;
  readonly grace_ms: number;
}

/** A worker's account of itself, with its keys proven. */
export interface Introduction {
  readonly session: string;
  readonly resume: boolean;
  readonly received: number;
  readonly software: string;
  readonly join: Join;
}

/**
 * The first three steps of a login: HELLO, CHALLENGE, JOIN. The result proves that the worker holds the keys of its
 * agents now, and says nothing about whether they are let in.
 *
 * @throws LoginRefused, ProtocolViolation.
 */
export async function hearIntroduction(
  socket: WebSocket,
  key: BridgeKey,
  terms: BridgeTerms,
): Promise<Introduction> {
  const messages = new LoginMessages(socket);
  try {
    const helloBytes = await messages.next();
    const { body: hello } = expectFrame(helloBytes, 'hello');
    if (!hello.versions.includes(PROTOCOL_VERSION)) throw unknownVersion(hello);
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
    const preimage = agentPreimage(helloBytes, challenge, sealed.body);
    for (const { name, public_key } of join.agents) {
      const signed = Object.hasOwn(sealed.signatures, name) ? sealed.signatures[name] : undefined;
      if (!signed || !isSignedBy(public_key, preimage, signed)) {
        throw new LoginRefused(
          'SIGNATURE_INVALID',
          `agent '${name}' does not hold the key that it names`,
          'Use the key file that the key came from.',
        );
      }
    }
    const session = Buffer.from(hello.session).toString('hex');
    return { session, resume: hello.resume, received: hello.received, software: hello.software, join };
  } finally {
    messages.stop();
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
