import { z } from 'zod';
import { describe, InvalidArgumentError } from '../errors/index.js';

const withMethods = (what: string, ...methods: string[]): z.ZodType =>
  z.custom(
    (value) =>
      methods.every((method) => typeof (value as Record<string, unknown> | null)?.[method] === 'function'),
    `expected ${what}`,
  );

// What is in it is found out when it is asked; an evaluator that cannot answer denies.
const anObject = (what: string): z.ZodType =>
  z.custom((value) => typeof value === 'object' && value !== null, `expected ${what}`);

// A misspelt or mistyped security option must not be taken for none.
const options = z.strictObject({
  store: withMethods('a TrustStore', 'read', 'commit', 'watch').optional(),
  keyManager: withMethods('a KeyManager', 'sign', 'generateKey', 'publicKey').optional(),
  constraintEvaluators: z.array(anObject('a ConstraintEvaluator')).optional(),
  clock: withMethods('a Clock', 'now').optional(),
  hooks: anObject('VerificationHooks').optional(),
  maxDelegationDepth: z.int().positive().optional(),
  strictDelegation: z.boolean().optional(),
  unknownConstraints: z.enum(['report', 'deny']).optional(),
  allowUnboundLegacyCapabilities: z.boolean().optional(),
  allowUnsignedChainState: z.boolean().optional(),
});

/** @throws InvalidArgumentError. */
export function expectTrustOptions(given: unknown): void {
  const parsed = options.safeParse(given);
  if (parsed.success) return;
  const issues = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'options'}: ${issue.message}`);
  throw new InvalidArgumentError('TrustOperations cannot work with these options', {
    expected: Object.keys(options.shape).join(', '),
    received: issues.join('; '),
    remedy: 'Correct or leave out what is named.',
  });
}

/** @throws InvalidArgumentError. */
export function expectTrailId(trailId: unknown): void {
  if (typeof trailId === 'string' && trailId.length > 0) return;
  throw new InvalidArgumentError('This names no trail', {
    expected: 'the id of a run, or nothing for the trail of what happened outside runs',
    received: describe(trailId),
    remedy: 'Pass result.runId.',
  });
}
