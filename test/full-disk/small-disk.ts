import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

// A mount in its own namespace is invisible to other processes, and is gone with the last process in it.
const AS_ROOT = ['-m'];
const AS_USER = ['-r', '-m'];

/** How this user may mount a file system for one process; undefined where the system allows it to no user, or only to root. */
export const waysToMount = (mustBeRoot: boolean): readonly string[] | undefined =>
  (process.getuid?.() === 0 ? [AS_ROOT] : mustBeRoot ? [] : [AS_USER]).find(
    (flags) =>
      spawnSync('unshare', [...flags, 'sh', '-c', 'mount -t tmpfs -o size=1m tmpfs /mnt']).status === 0,
  );

/**
 * Runs a script with a disk of its own, of so many megabytes: the first argument that it gets is a folder on it.
 *
 * @returns what it printed, read as JSON.
 */
export async function runOnSmallDisk<T>(
  flags: readonly string[],
  megabytes: number,
  script: string,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'eatp-disk-'));
  const inside = `mount -t tmpfs -o size=${megabytes}m tmpfs "$1" && exec "$0" "$2" "$1"`;
  try {
    const output = await new Promise<string>((resolve, reject) => {
      execFile(
        'unshare',
        [...flags, 'sh', '-c', inside, process.execPath, folder, script],
        { env: { ...process.env, TMPDIR: folder } },
        (error, out, err) => (error ? reject(new Error(`${error.message}\n${err}`)) : resolve(out)),
      );
    });
    return JSON.parse(output) as T;
  } finally {
    rmdirSync(folder);
  }
}
