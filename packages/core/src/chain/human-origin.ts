import { RecordCodec, type Timestamp, type WithUnknownFields } from '../wire/index.js';
import { text, timestamp } from './fields.js';

/** The person at whose wish something happens. Signed as part of every anchor's `context`. */
export interface HumanOrigin extends WithUnknownFields {
  readonly humanId: string;
  readonly displayName: string;
  readonly authProvider: string;
  readonly sessionId: string;
  readonly authenticatedAt: Timestamp;
}

export const humanOriginCodec = new RecordCodec<HumanOrigin>('human origin', {
  humanId: text.min(1),
  displayName: text,
  authProvider: text,
  sessionId: text,
  authenticatedAt: timestamp,
});
