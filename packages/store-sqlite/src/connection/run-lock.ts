import { lockFile } from './lock-file.js';

/**
 * Takes the right to execute the durable runs of a file, by a lock on a second file in the same folder. Another process can
 * take it as soon as the holder has died, and never while the holder is only stopped.
 *
 * @returns the function that gives it back; undefined if another process has it.
 */
export function lockRuns(path: string): (() => Promise<void>) | undefined {
  const lock = lockFile(`${path}-runs-lock`);
  return (
    lock &&
    (async () => {
      if (lock.open) lock.close();
    })
  );
}
