import { type Options, Packr, Unpackr } from 'msgpackr';

/**
 * How msgpackr writes what Python reads: records are a form of its own, and without `int64AsType` integers beyond 2^53
 * would lose digits. Its types do not know `auto` yet: a number where that is exact, else a bigint.
 */
const options = { useRecords: false, int64AsType: 'auto', copyBuffers: true } as unknown as Options;

export const newPackr = (): Packr => new Packr(options);
export const newUnpackr = (): Unpackr => new Unpackr(options);
