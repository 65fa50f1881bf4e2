// One worker of the storm, which is killed and stopped.
import { worker } from '@kaizen-eatp/core/durable';
import { openWorld, spawnCounter } from './world.mjs';

const place = JSON.parse(process.argv[2]);
for (;;) {
  // The server can be down while this process starts.
  try {
    const { trust, agents, options, ready } = await openWorld(place);
    if (place.python) agents.push(...Object.values((await spawnCounter(trust, place)).agents));
    await ready();
    await worker({ ...options, concurrency: 12 });
    break;
  } catch (error) {
    if (error.code !== 'STORE_FAILED') throw error;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}
// The process that started it can be gone by now.
process.send?.('ready', () => undefined);
process.once('disconnect', () => process.exit(1));
