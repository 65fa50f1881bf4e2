/** Why a connection is ended, as WebSocket close codes (docs/protocol.md, "Frames"). */
export const CLOSE = {
  stopped: 1000,
  tooLarge: 1009,
  malformed: 4400,
  loginRefused: 4401,
  loginTooSlow: 4408,
  gap: 4409,
  superseded: 4410,
  silent: 4411,
} as const;

export type CloseReason = keyof typeof CLOSE;

/** A violation of the protocol by the peer. It ends the connection; the session stays. */
export class ProtocolViolation extends Error {
  constructor(
    readonly reason: CloseReason,
    message: string,
  ) {
    super(message);
  }
}
