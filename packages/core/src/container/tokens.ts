import type { ConstraintEvaluator } from '../constraints/index.js';
import type { KeyManager } from '../signing/index.js';
import type { TrustStore } from '../store/index.js';
import type { TrustOperations } from '../trust/index.js';
import type { Clock } from '../wire/index.js';

/** The name of a part, with the part's type: a symbol, a string or a class. */
export type Token<T> = (symbol | string | (abstract new (...args: never[]) => T)) & {
  /** The type of the part. It exists at compile time only. */
  readonly __type?: T;
};

const token = <T>(name: string): Token<T> => Symbol.for(`@kaizen-eatp/core:${name}`) as Token<T>;

/** The clock of the trust operations. Patterns and their services get a view that only tells the time. */
export const CLOCK = token<Clock>('Clock');
/** The trust store. Patterns cannot get it. */
export const TRUST_STORE = token<TrustStore>('TrustStore');
/** The key manager. Patterns cannot get it. */
export const KEY_MANAGER = token<KeyManager>('KeyManager');
/** The constraint evaluators of the container's options, as a list. Patterns cannot get them. */
export const CONSTRAINT_EVALUATORS = token<readonly ConstraintEvaluator[]>('ConstraintEvaluators');
/** The trust operations. Patterns cannot get them. */
export const TRUST_OPERATIONS = token<TrustOperations>('TrustOperations');
/** The options that the configuration gives to the plugin that asks for them, checked by the plugin's schema. */
export const PLUGIN_OPTIONS = token<unknown>('PluginOptions');

/** The parts with which a pattern could act past the guard. */
export const GUARDED_TOKENS: readonly Token<unknown>[] = [
  TRUST_STORE,
  KEY_MANAGER,
  CONSTRAINT_EVALUATORS,
  TRUST_OPERATIONS,
];

/** The tokens under which a container registers its own parts. */
export const OWN_TOKENS: readonly Token<unknown>[] = [...GUARDED_TOKENS, CLOCK, PLUGIN_OPTIONS];

/** Renders a token for an error. */
export function tokenName(token: Token<unknown>): string {
  return typeof token === 'function' ? token.name || 'a class without a name' : String(token);
}
