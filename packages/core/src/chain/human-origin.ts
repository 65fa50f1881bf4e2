import { RecordCodec, type Timestamp, type WithUnknownFields } from '../wire/index.js';
import { text, timestamp } from './fields.js';

/** The person on whose behalf an action happens. Records sign a pseudonym of the person and a salted digest of this. */
export interface HumanOrigin extends WithUnknownFields {
  /** The person's id in the system that authenticated the person. */
  readonly humanId: string;
  /** The person's name, for readers of disclosures. */
  readonly displayName: string;
  /** The system that authenticated the person. */
  readonly authProvider: string;
  /** The session in which the person asked for the work. */
  readonly sessionId: string;
  /** The time of the authentication. */
  readonly authenticatedAt: Timestamp;
}

/** Reads and writes human origins. */
export const humanOriginCodec = new RecordCodec<HumanOrigin>('human origin', {
  humanId: text.min(1),
  displayName: text,
  authProvider: text,
  sessionId: text,
  authenticatedAt: timestamp,
});
