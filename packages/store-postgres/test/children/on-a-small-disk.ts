// Works over a store whose server has its data on a small disk until that is full, and again once there is room: the
// folder on the disk.
import { setTimeout as sleep } from 'node:timers/promises';
import { PostgresTrustStore } from '@kaizen-eatp/store-postgres';
import { workUntilFull } from '../../../../test/full-disk/work-until-full.ts';
import { EmbeddedServer } from '../server/embedded-server.ts';

const folder = process.argv[2] as string;
const server = await EmbeddedServer.start(['-c', 'max_wal_size=32MB', '-c', 'min_wal_size=32MB']);
const store = await PostgresTrustStore.open({ connectionString: server.url });
/** A server that could not write its log starts again by itself; that takes a while. */
const isBack = async (): Promise<void> => {
  for (let i = 0; ; i++) {
    try {
      return await store.commit([]);
    } catch (error) {
      if (i === 200) throw error;
      await sleep(50);
    }
  }
};
const filled = await workUntilFull(store, folder, isBack);
const { findings } = await store.doctor();
await store.close();
await server.stop();
console.log(JSON.stringify({ ...filled, findings }));
process.exit(0);
