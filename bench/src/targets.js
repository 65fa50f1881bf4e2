/**
 * @typedef {object} Target
 * @property {string} text  As shown in the table.
 * @property {(ratio: number) => boolean} met
 */

/** @type {Record<string, Target>} */
export const targets = {
  bare: { text: '<= 1.3', met: (ratio) => ratio <= 1.3 },
  langgraph: { text: '< 0.5', met: (ratio) => ratio < 0.5 },
  reference: { text: '<= 0.1', met: (ratio) => ratio <= 0.1 },
  verify: { text: '>= 50', met: (ratio) => ratio >= 50 },
  subtasks: { text: '<= 1.5', met: (ratio) => ratio <= 1.5 },
  finding: { text: '<= 2', met: (ratio) => ratio <= 2 },
  'sqlite step': { text: '<= 3', met: (ratio) => ratio <= 3 },
  'postgres step': { text: '<= 3', met: (ratio) => ratio <= 3 },
  crowd: { text: '>= 4', met: (ratio) => ratio >= 4 },
  'bare call': { text: '<= 1.5', met: (ratio) => ratio <= 1.5 },
  'bare calls': { text: '>= 0.6', met: (ratio) => ratio >= 0.6 },
  'grpc calls': { text: '>= 5', met: (ratio) => ratio >= 5 },
  'other call': { text: '< 1', met: (ratio) => ratio < 1 },
  'other calls': { text: '> 1', met: (ratio) => ratio > 1 },
  'small joined': { text: '>= 1.5', met: (ratio) => ratio >= 1.5 },
  'large joined': { text: '>= 0.9', met: (ratio) => ratio >= 0.9 },
  flatness: { text: '<= 1.1', met: (ratio) => ratio <= 1.1 },
};

/**
 * Why a target is missed, by the target's key, for one that is known to be missed and why.
 * @type {Record<string, string>}
 */
export const missReasons = {
  bare:
    'six signatures and six verifications are not all of a run: eight records are put in canonical form and hashed, ' +
    'three intents, four linked anchors and two delegations stored, all on one thread; the rest is promises and GC',
  'bare call':
    'a task for each call, so a turn of the event loop more than an echo in Python; every field and value checked on ' +
    'both sides, every frame kept until it is acknowledged',
  'bare calls':
    'each value is judged before it is read, and once more after Python wrote it, so that none arrives as something ' +
    'else: two passes over it that an echo does not make',
  'grpc calls':
    'at 10 KB reading and writing the records takes most of the time, and the bare echo is no five times as fast',
  'sqlite step':
    'two commits, so two inserts at the least, and computing (a signature, checks, records, pages) that takes longer ' +
    'than one insert where an insert, sync included, takes under 0.3 ms',
  'postgres step':
    'two commits, so two inserts at the least, each of 1.2 to 1.4 by what it checks and indexes; one question for chain ' +
    'and authority, asked anew at every step so that what was revoked is denied; and a signature, checks and records',
};
