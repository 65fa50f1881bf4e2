import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { ProtocolViolation } from '../src/protocol/close-codes.js';
import { decodeFrames } from '../src/protocol/frame-codec.js';
import { decodeValue } from '../src/values/value-codec.js';

const FRAMES = 1_000_000;
const scenarios = JSON.parse(
  readFileSync(new URL('../protocol/scenarios.json', import.meta.url), 'utf8'),
) as Record<'values' | 'frames' | 'bad_frames' | 'bad_values', { hex: string }[]>;

/** The same in every run of the test. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

/** Good and bad examples, a few bytes changed, cut, doubled, or nothing but noise. */
function* mutations(seeds: readonly Buffer[], count: number): Generator<Buffer> {
  const next = random(20_261_125);
  for (let i = 0; i < count; i++) {
    const seed = seeds[next() % seeds.length] as Buffer;
    const bytes = Buffer.from(seed);
    const kind = next() % 8;
    if (kind === 0) yield bytes.subarray(0, next() % (bytes.length + 1));
    else if (kind === 1) yield Buffer.concat([bytes, seeds[next() % seeds.length] as Buffer]);
    else if (kind === 2) yield Buffer.from(Array.from({ length: next() % 24 }, () => next() & 0xff));
    else {
      for (let changes = 1 + (next() % 4); changes > 0 && bytes.length > 0; changes--)
        bytes[next() % bytes.length] = next() & 0xff;
      yield bytes;
    }
  }
}

const seedsOf = (...lists: readonly { hex: string }[][]): Buffer[] =>
  lists
    .flat()
    .map(({ hex }) => Buffer.from(hex, 'hex'))
    .filter(({ length }) => length < 2_000);

it(`takes or refuses ${FRAMES} frames, and does nothing else`, () => {
  let taken = 0;
  let refused = 0;
  for (const bytes of mutations(seedsOf(scenarios.frames, scenarios.bad_frames), FRAMES)) {
    try {
      taken += decodeFrames(bytes).length > 0 ? 1 : 0;
    } catch (error) {
      if (!(error instanceof ProtocolViolation)) throw error;
      refused += 1;
    }
  }
  expect(taken + refused).toBe(FRAMES);
  expect(taken).toBeGreaterThan(FRAMES / 100);
  expect(refused).toBeGreaterThan(FRAMES / 10);
}, 300_000);

it('reads or refuses 300,000 values, and does nothing else', () => {
  let read = 0;
  for (const bytes of mutations(seedsOf(scenarios.values, scenarios.bad_values), 300_000)) {
    try {
      decodeValue(bytes);
      read += 1;
    } catch (error) {
      if ((error as { code?: string }).code !== 'VALUE_NOT_TRANSFERABLE') throw error;
    }
  }
  expect(read).toBeGreaterThan(3_000);
  expect(read).toBeLessThan(297_000);
}, 300_000);
