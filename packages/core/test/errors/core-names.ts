// The names of core that tests of its errors use, whichever entry point they belong to.
export * from '@kaizen-eatp/core';
export * from '@kaizen-eatp/core/errors';
export * from '@kaizen-eatp/core/receipt';
export * from '@kaizen-eatp/core/store';
