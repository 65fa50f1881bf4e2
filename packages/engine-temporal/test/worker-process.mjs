// A worker in a process of its own, which the tests kill and stop. It says which runs it executes.
import { worker } from '@kaizen-eatp/core/durable';
import { openTeam } from './team.mjs';

const { options, engine, store } = await openTeam(JSON.parse(process.argv[2]));
const serving = await worker({ ...options, concurrency: 8 });
process.on('message', () => process.send?.({ runIds: serving.runIds }));
process.send?.('ready');
process.once('SIGTERM', async () => {
  await serving.stop();
  await engine.close();
  await store.close();
  process.exit(0);
});
