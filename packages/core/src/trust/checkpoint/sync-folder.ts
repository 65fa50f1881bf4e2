import { closeSync, fsyncSync, openSync } from 'node:fs';
import { dirname } from 'node:path';

/** Makes a new name of a file outlast a crash. */
export function syncFolderOf(file: string): void {
  // Windows cannot open folders, and keeps their entries by itself.
  if (process.platform === 'win32') return;
  const fd = openSync(dirname(file), 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
