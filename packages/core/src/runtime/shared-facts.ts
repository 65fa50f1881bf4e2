import type { GuardedFacts } from '../trust/verify/types.js';
import { type CapturedValue, frozenCopy } from '../values/index.js';

/** The facts about a value that an agent is about to share, for constraint evaluators. */
export const factsOfShared = (
  value: CapturedValue,
  startedAt: number,
  person: string | null,
): GuardedFacts => ({
  method: null,
  tool: null,
  effects: undefined,
  person,
  startedAt,
  toolCalls: 0,
  input: () => frozenCopy(value),
});
