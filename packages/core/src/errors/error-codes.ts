import type { ErrorCode } from './error-code-map.js';
import type { ErrorCodeText } from './error-code-text.js';
import { TRUST_ERROR_CODE_TEXTS } from './trust-error-codes.js';
import { WORK_ERROR_CODE_TEXTS } from './work-error-codes.js';

/** Every error code that core's classes carry, with its text. `docs/errors.md` is generated from it. */
export const ERROR_CODE_TEXTS = {
  ...WORK_ERROR_CODE_TEXTS,
  ...TRUST_ERROR_CODE_TEXTS,
} as const satisfies Readonly<Record<ErrorCode, ErrorCodeText>>;

/** Every error code that core's classes carry. A code never changes its meaning and is never used again. */
export const ERROR_CODES = /* @__PURE__ */ Object.freeze(
  /* @__PURE__ */ Object.keys(ERROR_CODE_TEXTS),
) as readonly (keyof typeof ERROR_CODE_TEXTS)[];
