import { type DenialCode, EatpError, type ErrorCode, TrustOperations } from '@kaizen-eatp/core';
import { describe, InvalidArgumentError } from '@kaizen-eatp/core/errors';
import { runOf } from './run-of.js';

interface Verdict {
  readonly pass: boolean;
  message(): string;
}

const verdict = (pass: boolean, message: string): Verdict => ({ pass, message: () => message });

async function toHaveVerifiedTrail(received: unknown, trust: TrustOperations): Promise<Verdict> {
  // An error instead of a verdict, so that with `.not` a mistake in the test does not pass.
  if (!(trust instanceof TrustOperations)) throw misuse('the TrustOperations of the run as argument', trust);
  const run = runOf(received);
  if (!run) throw misuse('a run: its result, the error it rejected with, or its id', received);
  const { state, valid, entries, problems } = await trust.verifyTrail(run.runId);
  if (entries === 0) return verdict(false, `expected run ${run.runId} to have a trail, and none is stored`);
  const told = run.auditTrail?.length ?? entries;
  if (told !== entries)
    return verdict(false, `expected the ${told} anchors that the run reports, and ${entries} are stored`);
  const reasons = problems.map(({ sequence, code, reason }) => `  entry ${sequence}: ${code} (${reason})`);
  const found = reasons.length > 0 ? `:\n${reasons.join('\n')}` : '';
  return verdict(
    valid,
    `expected the trail of run ${run.runId} ${valid ? 'not to verify' : 'to verify'}, but it is ${state}${found}`,
  );
}

function toHaveErrorCode(received: unknown, code: ErrorCode): Verdict {
  const was =
    received instanceof EatpError ? received.code : `${String(received)}, which is not an EatpError`;
  return verdict(was === code, `expected an error with code ${code}, got ${was}`);
}

function toBeDenied(received: unknown, code?: DenialCode): Verdict {
  const was = (received as { denial?: { code?: string } } | null)?.denial?.code;
  const pass = was !== undefined && (code === undefined || was === code);
  return verdict(pass, `expected a denial${code ? ` with code ${code}` : ''}, got ${was ?? 'none'}`);
}

const misuse = (expected: string, received: unknown): InvalidArgumentError =>
  new InvalidArgumentError('toHaveVerifiedTrail() cannot judge this', {
    expected,
    received: describe(received),
    remedy: 'Write: await expect(result).toHaveVerifiedTrail(trust).',
  });

/** The matchers, for `expect.extend`. An import of `@kaizen-eatp/testing/vitest` registers them. */
export const matchers = { toHaveVerifiedTrail, toHaveErrorCode, toBeDenied };

declare module 'vitest' {
  interface Matchers<R extends void | Promise<void> = void | Promise<void>, T = unknown> {
    /**
     * Expects a stored trail that is complete, in order and signed, with all the anchors that the run reports. The
     * received value is a result, the error that `execute` rejected with, or a run id. Await the matcher.
     */
    toHaveVerifiedTrail(trust: TrustOperations): Promise<void>;
    /** Expects an `EatpError` with this code. For a call: `await expect(call).rejects.toHaveErrorCode(…)`. */
    toHaveErrorCode(code: ErrorCode): R;
    /** Expects a denial: of `verify`, or a `VerificationDeniedError`. @param code - the expected code; default: any. */
    toBeDenied(code?: DenialCode): R;
  }
}
