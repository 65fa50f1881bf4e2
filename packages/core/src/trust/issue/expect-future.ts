import { InvalidArgumentError } from '../../errors/index.js';
import { type Timestamp, timestampToMillis } from '../../wire/index.js';
import type { Deployment } from '../deployment.js';

/** @throws InvalidArgumentError for a moment that is not in the future. */
export function expectFuture(
  deployment: Deployment,
  expiresAt: Timestamp | undefined,
  now: number = deployment.now(),
): Timestamp | null {
  if (expiresAt === undefined) return null;
  if (timestampToMillis(expiresAt) > now) return expiresAt;
  throw new InvalidArgumentError('`expiresAt` is in the past', {
    expected: `a moment after ${deployment.timestampOf(now)}`,
    received: expiresAt,
    remedy: 'Pass a later moment, or omit `expiresAt` for trust that does not expire.',
  });
}
