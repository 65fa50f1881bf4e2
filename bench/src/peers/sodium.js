import { sodium } from '@kaizen-eatp/signer-sodium';
import { setup as setupOurs } from './ours.js';

export const name = 'ours, signed by libsodium';

/** The runs of ours with the other signer. @param {import('../peer.js').Context} context */
export async function setup(context) {
  const { run, teardown } = await setupOurs(context, { signer: sodium });
  return { run, teardown, version: 'this checkout, with signer-sodium' };
}
