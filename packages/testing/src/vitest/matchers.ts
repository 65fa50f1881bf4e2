import { type DenialCode, EatpError, type ErrorCode, TrustOperations } from '@kaizen-eatp/core';
import { describe, InvalidArgumentError } from '@kaizen-eatp/core/errors';
import { runOf } from './run-of.js';

interface Verdict {
  readonly pass: boolean;
  message(): string;
}

const verdict = (pass: boolean, message: string): Verdict => ({ pass, message: () => message });

async function toHaveVerifiedTrail(received: unknown, trust: TrustOperations): Promise<Verdict> {
  // Thrown rather than judged, so that `.not` does not make a mistake in the test pass.
  if (!(trust instanceof TrustOperations)) throw misuse('the TrustOperations of the run as argument', trust);
  const run = runOf(received);
  if (!run) throw misuse('a run: its result, the error it rejected with, or its id', received);
  const { valid, entries, problems } = await trust.verifyTrail(run.runId);
  if (entries === 0) return verdict(false, `expected run ${run.runId} to have a trail, and none is stored`);
  const told = run.auditTrail?.length ?? entries;
  if (told !== entries)
    return verdict(false, `expected the ${told} anchors that the run tells of, and ${entries} are stored`);
  const reasons = problems.map(({ sequence, code, reason }) => `  entry ${sequence}: ${code} (${reason})`);
  const found = reasons.length > 0 ? `:\n${reasons.join('\n')}` : '';
  return verdict(
    valid,
    `expected the trail of run ${run.runId} ${valid ? 'not to verify' : 'to verify'}${found}`,
  );
}

function toHaveErrorCode(received: unknown, code: ErrorCode): Verdict {
  const was = received instanceof EatpError ? received.code : `${String(received)}, which is no EatpError`;
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

/** What `expect.extend` takes. Importing `@kaizen-eatp/testing/vitest` has done that already. */
export const matchers = { toHaveVerifiedTrail, toHaveErrorCode, toBeDenied };

declare module 'vitest' {
  interface Matchers<R extends void | Promise<void> = void | Promise<void>, T = unknown> {
    /**
     * The run has a stored trail that is whole, in order and signed throughout, with all the anchors that the run
     * tells of. Of a result, of the error that `execute` rejected with, or of a run id. To be awaited.
     */
    toHaveVerifiedTrail(trust: TrustOperations): Promise<void>;
    /** An `EatpError` with this code. For a call, `await expect(call).rejects.toHaveErrorCode(…)`. */
    toHaveErrorCode(code: ErrorCode): R;
    /** A denial, of this code if one is given: what `verify` returned, or a `VerificationDeniedError`. */
    toBeDenied(code?: DenialCode): R;
  }
}
