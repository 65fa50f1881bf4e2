export { describe, describeThrown, EatpError, type ErrorDetails, type FailedRun } from './eatp-error.js';
export * from './error-codes.js';
export * from './errors.js';
export * from './execution-errors.js';
