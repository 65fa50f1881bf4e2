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
};
