import { expect, it } from 'vitest';
import { allSources } from './sources-with-codes.js';

it('no error tells the reader to repeat a call: when the store fails after an act, the call did the act', () => {
  expect(allSources().match(/.*repeat the (?:whole )?call.*/gi) ?? []).toEqual([]);
});
