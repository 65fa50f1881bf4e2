// Opens a store that keeps its records in a journal, in the process that imports this.
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { MemoryTrustStore } from '@kaizen-eatp/core';

/** A store that appends each batch to a file before it acknowledges it. */
export default async function open({ path, isEarly = false, isForgetful = false }) {
  const store = new MemoryTrustStore();
  const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1) : [];
  if (!isForgetful) for (const line of lines) await store.commit(JSON.parse(line));
  const commit = store.commit.bind(store);
  store.commit = async (writes) => {
    await commit(writes);
    const line = `${JSON.stringify(writes)}\n`;
    if (isEarly) setTimeout(() => appendFileSync(path, line), 50);
    else appendFileSync(path, line);
  };
  return store;
}
