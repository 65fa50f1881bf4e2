// Opens the store and the engine in the process that imports this.
import { TemporalEngine } from '@kaizen-eatp/engine-temporal';
import { PostgresTrustStore } from '@kaizen-eatp/store-postgres';

export default async ({ connectionString, schema, address }) => ({
  store: await PostgresTrustStore.open({ connectionString, schema }),
  engine: await TemporalEngine.open({ address, queue: schema, onError: () => {} }),
});
