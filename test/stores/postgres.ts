import type { TrustStore } from '@kaizen-eatp/core/store';
import { PostgresTrustStore } from '@kaizen-eatp/store-postgres';
import { sharedServer } from '../../packages/store-postgres/test/server/shared-server.js';
import { closeAfterwards, closeWhatIsLeft } from './close-afterwards.js';
import { LateStore } from './late-store.js';

const server = sharedServer();
closeWhatIsLeft();
/** Emptied after use: to make one takes five times as long. */
const spare: string[] = [];

/** A store in a separate schema, on the embedded server or that of `DATABASE_URL`. */
export function suiteStore(): TrustStore {
  let schema: string | undefined;
  const store = new LateStore(() => {
    schema = spare.pop() ?? server.schema();
    return PostgresTrustStore.open({ connectionString: server.url, schema });
  });
  closeAfterwards(async () => {
    // A call that a test left running cannot write any more.
    await store.close();
    if (schema === undefined) return;
    await empty(schema);
    spare.push(schema);
  });
  return store;
}

async function empty(schema: string): Promise<void> {
  await server.sql(`DO $$ DECLARE name text; BEGIN
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = '${schema}' AND tablename <> 'schema_version'
    LOOP EXECUTE format('DELETE FROM %I.%I', '${schema}', name); END LOOP;
  END $$`);
}

export const isHeavy = true;
