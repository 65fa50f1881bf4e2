import { generateKeyPairSync, sign } from 'node:crypto';

/** The floor: a run's signatures and nothing else, made with the key at hand, over the very bytes a run signs. */
export const name = 'bare-ed25519';
export const noAgents = true;

/** @param {import('../peer.js').Context} context */
export async function setup({ signedMessages }) {
  if (!signedMessages?.length) throw new Error('bare-ed25519 needs the signedMessages of "ours"');
  const { privateKey } = generateKeyPairSync('ed25519');
  return {
    async run() {
      for (const message of signedMessages) sign(null, message, privateKey);
    },
    teardown() {},
    version: `node:crypto, ${signedMessages.length} signatures of ${signedMessages.map((m) => m.length).join(', ')} bytes`,
  };
}
