import { isStorableText } from '@kaizen-eatp/core/store';
import type { Pool } from 'pg';
import type { Settings } from '../options.js';
import { quoteIdentifier } from '../schema/schema-name.js';
import { hasEnded, ownPlace } from './process-place.js';

/** How many signs of life a process gives in its `ownerTimeout`. */
const SIGNS = 5;
/** The pause between looks for signs of life, in milliseconds. */
const LOOK = 100;

/** Shows that this process lives: by a number that it counts up. @returns the function that ends it. */
export async function showOwner(
  pool: Pool,
  { schema, ownerTimeout }: Settings,
  owner: string,
): Promise<() => Promise<void>> {
  const s = quoteIdentifier(schema);
  const every = Math.max(1, Math.floor(ownerTimeout / SIGNS));
  await pool.query(`INSERT INTO ${s}.owners (owner, beat, every_ms, place) VALUES ($1, 0, $2, $3)`, [
    owner,
    every,
    ownPlace(),
  ]);
  let isAsking = false;
  const timer = setInterval(() => {
    if (isAsking) return;
    isAsking = true;
    pool
      .query(`UPDATE ${s}.owners SET beat = beat + 1 WHERE owner = $1`, [owner])
      .then(({ rowCount }) => {
        // Others have taken this process for ended.
        if (rowCount === 0) clearInterval(timer);
      })
      // Tried again with the next one.
      .catch(() => undefined)
      .finally(() => {
        isAsking = false;
      });
  }, every);
  timer.unref();
  return async () => {
    clearInterval(timer);
    await pool.query(`DELETE FROM ${s}.owners WHERE owner = $1`, [owner]);
  };
}

interface OwnerRow {
  readonly owner: string;
  readonly beat: string;
  readonly every_ms: number;
  readonly place: string | null;
}

/**
 * Finds the owners that have ended. One that gives no sign of life while this process watches it has; time is measured here alone,
 * so that no clock that is changed has a part in it.
 */
export async function findGoneOwners(
  pool: Pool,
  schema: string,
  owners: readonly string[],
): Promise<string[]> {
  const asked = owners.filter(isStorableText);
  const read = async (): Promise<ReadonlyMap<string, OwnerRow>> => {
    const { rows } = await pool.query<OwnerRow>(
      `SELECT owner, beat, every_ms, place FROM ${quoteIdentifier(schema)}.owners WHERE owner = ANY($1)`,
      [asked],
    );
    return new Map(rows.map((row) => [row.owner, row]));
  };
  const first = await read();
  const watched = new Set(
    [...first.values()].filter(({ place }) => !hasEnded(place)).map(({ owner }) => owner),
  );
  const gone = owners.filter((owner) => !watched.has(owner));
  const since = performance.now();
  while (watched.size > 0) {
    await new Promise((resolve) => setTimeout(resolve, LOOK));
    const now = await read();
    for (const owner of watched) {
      const [before, row] = [first.get(owner) as OwnerRow, now.get(owner)];
      const isSilent = row?.beat === before.beat && performance.now() - since >= before.every_ms * SIGNS;
      if (row === undefined || isSilent) gone.push(owner);
      if (row?.beat !== before.beat || isSilent) watched.delete(owner);
    }
  }
  return gone;
}
