// A process that appends as many anchors to the shared trail as it is told, some at a time, and says when they are stored.
import { InMemoryKeyManager, TrustOperations } from '@kaizen-eatp/core';

const AT_ONCE = 8;

const { id, place, privateKey } = JSON.parse(process.argv[2]);
const { open } = await import(`./${id}.js`);
const keyManager = new InMemoryKeyManager();
await keyManager.importKey('shared', privateKey);
const trust = new TrustOperations({ store: await open(place), keyManager });

process.on('message', async (anchors) => {
  let left = Number(anchors);
  const append = async () => {
    while (left > 0) {
      left -= 1;
      await trust.audit({ agentId: 'agent-shared', action: 'work', result: 'success' });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, append));
  process.send?.('stored');
});
process.once('disconnect', () => void trust.close());
process.send?.('ready');
