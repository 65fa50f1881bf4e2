import { EatpError, type TrustOperations } from '@kaizen-eatp/core';
import type { WebSocket } from 'ws';
import type { BridgeEvents } from './bridge-events.js';
import type { BridgeSettings } from './bridge-options.js';
import type { Caller } from './listener.js';
import { expectInvited } from './login/admission.js';
import type { BridgeKey } from './login/bridge-key.js';
import type { EnrolmentTokens } from './login/enrolment-tokens.js';
import { type BridgeTerms, hearIntroduction } from './login/login.js';
import { LoginRefused } from './login/login-refused.js';
import { LoginThrottle } from './login/login-throttle.js';
import { CLOSE, ProtocolViolation } from './protocol/close-codes.js';
import { encodeFrame } from './protocol/frame-codec.js';
import { FRAME } from './protocol/frame-types.js';
import { type Seats, WINDOW } from './seats.js';
import { RELEASE, VERSION } from './version.js';

/** The parts of the bridge that a login uses. */
interface Surroundings {
  readonly settings: BridgeSettings;
  readonly key: BridgeKey;
  readonly tokens: EnrolmentTokens;
  readonly events: BridgeEvents;
  readonly seats: Seats;
  /** Whether the bridge closes, so that no worker is let in any more. */
  isClosing(): boolean;
}

/** Takes workers from their first message to their place in a session, or turns them away. */
export class FrontDoor {
  readonly #throttle = new LoginThrottle();
  readonly #trust: TrustOperations;

  constructor(private readonly around: Surroundings) {
    this.#trust = around.settings.trust;
  }

  /** Never rejects. */
  async meet({ socket, address, greeted, judged, welcome }: Caller): Promise<void> {
    const { key, tokens, seats, isClosing } = this.around;
    try {
      if (isClosing())
        throw new LoginRefused('CLOSING', 'the bridge closes', 'Join another bridge, or try again later.');
      const introduction = await hearIntroduction(socket, {
        key,
        terms: this.terms(),
        expectInvited: (join) => expectInvited(this.#trust, tokens, join),
        onHello: greeted,
      });
      const seat = await seats.take(introduction);
      if (socket.readyState !== socket.OPEN) return;
      welcome();
      this.#throttle.succeeded(address);
      const agents = seat.worker.agents.map(({ name, agentId }) => [name, { agent_id: agentId }]);
      const { received } = seat.worker.session;
      socket.send(encodeFrame(FRAME.welcome, { received, agents: Object.fromEntries(agents) }));
      seats.connect(seat, socket, address, introduction.received);
    } catch (error) {
      judged();
      await this.turnAway(socket, address, error);
    }
  }

  private terms(): BridgeTerms {
    const { maxMessageBytes, heartbeat, grace } = this.around.settings;
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

  private async turnAway(socket: WebSocket, address: string, error: unknown): Promise<void> {
    const { events } = this.around;
    if (error instanceof ProtocolViolation) {
      if (error.reason === 'stopped') return;
      events.emit({ type: 'violation', address, code: error.reason, message: error.message });
      socket.close(CLOSE[error.reason], error.message.slice(0, 100));
      return;
    }
    const refusal = error instanceof LoginRefused ? error : overloaded(error);
    const { code, message, remedy } = refusal;
    events.emit({ type: 'refused', address, code, message });
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

const overloaded = (error: unknown): LoginRefused =>
  new LoginRefused(
    'OVERLOADED',
    `the bridge could not look the agents up: ${error instanceof EatpError ? error.code : 'failed'}`,
    'Try again later. The log of the bridge has the reason.',
  );
