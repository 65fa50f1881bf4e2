import type { ErrorCodeText } from '@kaizen-eatp/core/errors';

/** Every error code that only the patterns' classes carry, with its text. */
export const PATTERN_ERROR_CODE_TEXTS = {
  ALL_AGENTS_FAILED: {
    meaning: 'None of the agents that a pattern asked gave a result. `failures` has the reason of each.',
    cause: 'Often one cause for all of them, such as a model service that cannot be reached.',
    remedy: 'See `failures`, and `cause` for the first error.',
  },
} as const satisfies Readonly<Record<string, ErrorCodeText>>;
