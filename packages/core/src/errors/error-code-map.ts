/**
 * Maps each error code to the class of the errors that carry it. Code in other packages adds its own codes by
 * declaration merging:
 *
 * ```ts
 * declare module '@kaizen-eatp/core/errors' {
 *   interface ErrorCodeMap {
 *     QUOTA_SPENT: QuotaSpentError;
 *   }
 * }
 * ```
 *
 * `isEatpError(error, 'QUOTA_SPENT')` then narrows the error to `QuotaSpentError`. A code belongs to one class, never
 * changes its meaning and is never used again for something else.
 */
// biome-ignore lint/suspicious/noEmptyInterface: each file of error classes adds the codes of its classes.
export interface ErrorCodeMap {}

/** Any error code that the program knows, including those of its plugins. */
export type ErrorCode = Extract<keyof ErrorCodeMap, string>;
