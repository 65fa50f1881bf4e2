import { type Options, Packr, Unpackr } from 'msgpackr';

/**
 * How msgpackr writes what Python reads: records are a form of its own, and without `int64AsType` integers beyond 2^53
 * would lose digits. Its types do not know `auto` yet: a number where that is exact, else a bigint.
 */
const options = { useRecords: false, int64AsType: 'auto' } as unknown as Options;

// Otherwise each map would get a size of two bytes, into which more than 65,535 keys do not fit.
export const newPackr = (): Packr => new Packr({ ...options, variableMapSize: true });
/** @param copyBuffers - whether bytes are copies, to be kept, rather than views of what they are read from. */
export const newUnpackr = (copyBuffers: boolean): Unpackr =>
  new Unpackr({ ...options, copyBuffers } as Options);
