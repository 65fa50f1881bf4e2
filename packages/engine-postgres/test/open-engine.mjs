// Opens the store and the engine in the process that imports this.
import { PostgresEngine } from '@kaizen-eatp/engine-postgres';
import { PostgresTrustStore } from '@kaizen-eatp/store-postgres';

export default async ({ connectionString, schema }) => ({
  store: await PostgresTrustStore.open({ connectionString, schema }),
  engine: await PostgresEngine.open({ connectionString, schema: `${schema}_q`, superviseSeconds: 1 }),
});
