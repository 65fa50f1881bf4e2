/**
 * @typedef {object} Target
 * @property {string} text  As shown in the table.
 * @property {(ratio: number) => boolean} met
 * @property {string} [reason]  Why it is missed, for one that is known to be missed where it was measured last.
 */

/** @param {number} limit @param {string} [reason] @returns {Target} */
const atMost = (limit, reason) => ({ text: `<= ${limit}`, met: (ratio) => ratio <= limit, reason });
/** @param {number} limit @param {string} [reason] @returns {Target} */
const atLeast = (limit, reason) => ({ text: `>= ${limit}`, met: (ratio) => ratio >= limit, reason });
/** @param {number} limit @param {string} [reason] @returns {Target} */
const below = (limit, reason) => ({ text: `< ${limit}`, met: (ratio) => ratio < limit, reason });
/** @param {number} limit @param {string} [reason] @returns {Target} */
const above = (limit, reason) => ({ text: `> ${limit}`, met: (ratio) => ratio > limit, reason });

/** @type {Record<string, Target>} */
export const targets = {
  bare: atMost(
    2,
    'a run also reads the store six times, so that what was revoked is denied at every step, commits seven times, copies and ' +
      'digests eight values, writes six records in canonical form, freezes all that it hands out, and waits some 150 times',
  ),
  sodium: atMost(
    1.6,
    'the same work besides signatures as a run of ours: reads, commits, digests and canonical forms',
  ),
  traced: atMost(1.1),
  langgraph: below(
    0.5,
    'six signatures, of which LangGraph.js makes none, take a fifth of its time; with the signer of libsodium a run of ours ' +
      'takes just under half of it',
  ),
  reference: atMost(0.1),
  verify: atLeast(50),
  'verify growth': atMost(
    1.5,
    'the records of 100,000 agents do not fit into the caches of the processor, so that each verdict waits for memory',
  ),
  subset: atMost(1.5),
  memory: atMost(1.1),
  commits: atMost(7),
  statements: atMost(16),
  'journaled step': atMost(1.3),
  'durable peer': below(1),
  suspended: atMost(1.05),
  'durable commits': atMost(5),
  'durable statements': atMost(12),
  growth: atMost(
    1.1,
    'a delegation is judged together with all those above it; the records of 3,000 do not fit into the caches of the ' +
      'processor, so that each of them takes nearly twice as long as one of 300',
  ),
  cjk: atMost(3, 'a CJK character is six characters in canonical form, so that six times as much is written'),
  receipt: atLeast(1.6),
  subtasks: atMost(1.5),
  finding: atMost(2),
  flatness: atMost(1.1),
  // Each look into an index goes through a level more where there are a thousand times as many runs.
  'page of runs': atMost(2),
  'sqlite step': atMost(
    3,
    'two commits, so two inserts at the least, and computing (a signature, checks, records, pages) that takes longer ' +
      'than one insert where an insert, sync included, takes under 0.3 ms',
  ),
  'postgres step': atMost(
    3,
    'two commits, so two inserts at the least, each of 1.2 to 1.4 by what it checks and indexes; one question for chain ' +
      'and authority, asked again at every step so that what was revoked is denied; and a signature, checks and records',
  ),
  crowd: atLeast(4),
  'shared trail': atLeast(0.5),
  'bare call': atMost(
    1.5,
    'a task for each call, so a turn of the event loop more than an echo in Python; every field and value checked on ' +
      'both sides, every frame kept until it is acknowledged',
  ),
  'bare calls': atLeast(
    0.6,
    'each value is judged before it is read, and once more after Python wrote it, so that none arrives as something ' +
      'else: two passes over it that an echo does not make',
  ),
  'grpc calls': atLeast(
    5,
    'at 10 KB reading and writing the records takes most of the time, and the bare echo is no five times as fast',
  ),
  'bare larger': atLeast(
    0.75,
    'Python looks at every element of a value once before it writes it and once after it read it, so that none arrives as ' +
      'something else; in Python each of these takes about as long as the codec in C, and an echo does neither',
  ),
  'grpc larger': above(
    1,
    'the same: gRPC passes on whatever bytes the codec makes, and here every element is looked at on both sides',
  ),
  'grpc larger call': below(
    1,
    'the same: gRPC passes on whatever bytes the codec makes, and here every element is looked at on both sides; text is ' +
      'copied into a frame that is kept until it is acknowledged',
  ),
  'bridge text': atMost(3),
  guarded: atMost(8),
  'full over signature': atMost(1.3),
  block: atMost(
    100,
    'in Node a value is read, and written, in one go, and so is its message in Python; the guard, which is not part of this ' +
      'row, also copies, freezes and digests it in one go',
  ),
  'flood delay': atMost(
    20,
    'a worker that was let in can return a million elements, which the guard copies, freezes and digests in one go; who was ' +
      'not let in cannot',
  ),
  'flood rate': atLeast(0.5, 'the same: each such value takes about as long as hundreds of small calls'),
  comeback: atMost(
    5,
    'a worker that is stopped, and not ended, is given up only after three heartbeats of silence and the time of grace',
  ),
  'take-over': atMost(12),
  'other call': below(1),
  'other calls': above(1),
  'small joined': atLeast(1.5),
  'large joined': atLeast(0.9),
};
