// Opens the store and the engine of core over it in the process that imports this.
import { StoreEngine } from '@kaizen-eatp/core/durable';
import { SqliteTrustStore } from '@kaizen-eatp/store-sqlite';

export default async (path) => {
  const store = await SqliteTrustStore.open({ path });
  return { store, engine: new StoreEngine(store) };
};
