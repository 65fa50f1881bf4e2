import { isStorableId } from './storable-text.js';

/** The place of a run in the list of runs: no two runs have the same, and it does not change. */
export interface RunPlace {
  /** When the run was submitted or began, in milliseconds since the epoch. */
  readonly moment: number;
  /** The run. */
  readonly runId: string;
}

// A place and not a number of runs to skip: runs that begin meanwhile move no page.
const CURSOR = /^1 (-?\d{1,16}) (.+)$/s;

/** Returns the cursor of the runs after a place. */
export const writeRunCursor = ({ moment, runId }: RunPlace): string =>
  Buffer.from(`1 ${moment} ${runId}`).toString('base64url');

/** Returns the place in a cursor; undefined for anything else. */
export function readRunCursor(cursor: unknown): RunPlace | undefined {
  if (typeof cursor !== 'string') return undefined;
  const [, digits, runId] = CURSOR.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  if (digits === undefined || runId === undefined || !isStorableId(runId)) return undefined;
  const place = { moment: Number(digits), runId };
  // Base64 has several spellings of the same bytes, and lenient readers skip what they do not know.
  return writeRunCursor(place) === cursor ? place : undefined;
}
