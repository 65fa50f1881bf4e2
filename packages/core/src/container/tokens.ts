import type { InjectionToken } from 'tsyringe';
import type { ConstraintEvaluator } from '../constraints/index.js';
import type { KeyManager } from '../signing/index.js';
import type { TrustStore } from '../store/index.js';
import type { TrustOperations } from '../trust/index.js';
import type { Clock } from '../wire/index.js';

/** A token that carries its type, so that `resolve` gives back what was registered. */
export type Token<T> = InjectionToken<T> & { readonly __type?: T };

const token = <T>(name: string): Token<T> => Symbol.for(`@kaizen-eatp/core:${name}`) as Token<T>;

/**
 * The names under which parts are injected. Every injected parameter names its token, `@inject(CLOCK)`, since a type
 * alone is gone at run time and not every compiler emits it (decision 14).
 */
export const CLOCK = token<Clock>('Clock');
export const TRUST_STORE = token<TrustStore>('TrustStore');
export const KEY_MANAGER = token<KeyManager>('KeyManager');
export const CONSTRAINT_EVALUATOR = token<ConstraintEvaluator>('ConstraintEvaluator');
export const TRUST_OPERATIONS = token<TrustOperations>('TrustOperations');

/** What patterns may not have: with any of these one could act past the guard. */
export const GUARDED_TOKENS: readonly Token<unknown>[] = [
  TRUST_STORE,
  KEY_MANAGER,
  CONSTRAINT_EVALUATOR,
  TRUST_OPERATIONS,
];
