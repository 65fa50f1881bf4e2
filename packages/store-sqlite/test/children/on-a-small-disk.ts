// Works over a store on a small disk until it is full, and again once there is room: the folder on the disk.
import { join } from 'node:path';
import { SqliteTrustStore } from '@kaizen-eatp/store-sqlite';
import { workUntilFull } from '../../../../test/full-disk/work-until-full.ts';

const folder = process.argv[2] as string;
const store = await SqliteTrustStore.open({ path: join(folder, 'trust.db') });
const filled = await workUntilFull(store, folder);
const { findings } = await store.doctor();
await store.close();
console.log(JSON.stringify({ ...filled, findings }));
