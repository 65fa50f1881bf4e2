// Announces owners of one store: path, how many. Waits for a word, so that all begin together. Reports the failures.
import { randomUUID } from 'node:crypto';
import { inspect } from 'node:util';
import { SqliteTrustStore } from '@kaizen-eatp/store-sqlite';
import { tell, word } from './parent.ts';

const [path, count] = process.argv.slice(2) as [string, string];
const store = await SqliteTrustStore.open({ path });
tell('ready');
await word();
const failures: string[] = [];
for (let made = 0; made < Number(count); made++) {
  await store.announceOwner(randomUUID()).then(
    // Every other one stays, as those of living processes do.
    (leave) => (made % 2 === 0 ? leave() : undefined),
    (error) => failures.push(inspect(error)),
  );
}
tell(failures);
await store.close();
