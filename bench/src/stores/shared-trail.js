import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { generateKeyPair, InMemoryKeyManager, TrustOperations } from '@kaizen-eatp/core';
import { median } from '../measure.js';

/**
 * @typedef {object} SharedTimes  Microseconds for one anchor, of all processes together.
 * @property {number} one  One process appends.
 * @property {number} eight  Eight processes append at the same time.
 */

const PROCESSES = 8;

/** @type {Record<import('../effort.js').Scale, { rounds: number, anchors: number }>} */
const EFFORTS = {
  full: { rounds: 9, anchors: 800 },
  quick: { rounds: 3, anchors: 400 },
  smoke: { rounds: 1, anchors: 16 },
};

const script = fileURLToPath(new URL('./append-shared.js', import.meta.url));

/**
 * Appends to the shared trail of a store: the same number of anchors from one process, and from eight that all run the whole
 * time, so that only the number of writers differs.
 * @param {string} id  The store, as its module is called.
 * @param {{ empty: import('@kaizen-eatp/core/store').TrustStore, place: object }} measured
 * @param {import('../effort.js').Scale} scale
 * @returns {Promise<SharedTimes>}
 */
export async function measureSharedTrail(id, { empty, place }, scale) {
  const { rounds, anchors } = EFFORTS[scale];
  const { privateKey } = generateKeyPair();
  const keyManager = new InMemoryKeyManager();
  await keyManager.importKey('shared', privateKey);
  const trust = new TrustOperations({ store: empty, keyManager });
  const authority = { name: 'Shared', id: 'org-shared', signingKeyId: 'shared' };
  const { id: authorityId } = await trust.createEnterpriseAuthority(authority);
  await trust.establish({ agentId: 'agent-shared', authorityId, capabilities: ['work'] });
  const children = Array.from({ length: PROCESSES }, () =>
    fork(script, [JSON.stringify({ id, place, privateKey })]),
  );
  try {
    await Promise.all(children.map((child) => once(child, 'message')));
    /** @param {number} processes */
    const time = async (processes) => {
      const writers = children.slice(0, processes);
      const ended = Promise.all(writers.map((child) => once(child, 'message')));
      const start = performance.now();
      for (const child of writers) child.send(anchors / processes);
      await ended;
      return ((performance.now() - start) * 1000) / anchors;
    };
    const subjects = { one: 1, eight: PROCESSES };
    for (const processes of Object.values(subjects)) await time(processes);
    /** @type {Record<string, number[]>} */
    const times = { one: [], eight: [] };
    for (let round = 0; round < rounds; round += 1) {
      const order = Object.entries(subjects);
      for (const [name, processes] of round % 2 ? order.toReversed() : order)
        times[name].push(await time(processes));
    }
    return { one: median(times.one), eight: median(times.eight) };
  } finally {
    for (const child of children) child.disconnect();
    await Promise.all(children.map((child) => child.exitCode ?? once(child, 'exit')));
  }
}
