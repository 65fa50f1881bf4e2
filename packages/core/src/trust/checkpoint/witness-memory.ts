import {
  closeSync,
  fsyncSync,
  linkSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { fromBase64, toBase64 } from '#crypto';
import { CheckpointError } from '../../errors/index.js';
import type { CheckpointContent } from './checkpoint-note.js';
import { syncFolderOf } from './sync-folder.js';

/** The part of a checkpoint that a witness remembers. */
export type Seen = Pick<CheckpointContent, 'size' | 'root'>;

const NOTHING: Seen = { size: 0, root: new Uint8Array(0) };

/**
 * The last checkpoint of each log, in a file whose name ends in a number. Each change makes the file with the next number, which
 * only one process can make: two that go on from the same checkpoint, and could cosign a fork between them, find out before one
 * of them answers. The file with the highest number counts, and is never removed.
 */
export class WitnessMemory {
  readonly #folder: string;
  readonly #prefix: string;
  #number = 0;
  #seen = new Map<string, Seen>();

  /** @throws CheckpointError `CHECKPOINT_MALFORMED` for a damaged file, and what the file system throws. */
  constructor(private readonly file: string) {
    this.#folder = dirname(resolve(file));
    this.#prefix = `${basename(file)}.`;
    this.refresh();
  }

  /** Reads the file again if another process has made a newer one. @throws as the constructor. */
  refresh(): void {
    for (;;) {
      const newest = Math.max(0, ...this.#numbers());
      if (newest === this.#number) return;
      try {
        this.#seen = readSeen(readFileSync(this.#path(newest), 'utf8'));
        this.#number = newest;
      } catch (error) {
        // Another process made a newer one, and removed this one, in between.
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      }
    }
  }

  /** Returns the last checkpoint of a log. */
  last(origin: string): Seen {
    return this.#seen.get(origin) ?? NOTHING;
  }

  /** Remembers a checkpoint, so that it outlasts a crash. @returns false if another process was faster: nothing was kept then. */
  keep({ origin, size, root }: CheckpointContent): boolean {
    const next = new Map(this.#seen).set(origin, { size, root });
    const number = this.#number + 1;
    const fresh = `${this.file}.new-${crypto.randomUUID()}`;
    write(fresh, [...next].map(([name, seen]) => `${name} ${seen.size} ${toBase64(seen.root)}\n`).join(''));
    try {
      linkSync(fresh, this.#path(number));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      return false;
    } finally {
      rmSync(fresh, { force: true });
    }
    // A number that others have passed and removed was free, but counts for nothing.
    if (this.#numbers().some((each) => each > number)) {
      rmSync(this.#path(number), { force: true });
      return false;
    }
    syncFolderOf(this.file);
    for (const each of this.#numbers()) if (each < number) rmSync(this.#path(each), { force: true });
    this.#seen = next;
    this.#number = number;
    return true;
  }

  #path(number: number): string {
    return resolve(this.#folder, `${this.#prefix}${number}`);
  }

  #numbers(): number[] {
    return readdirSync(this.#folder).flatMap((name) => {
      const end = name.startsWith(this.#prefix) ? name.slice(this.#prefix.length) : '';
      return /^[1-9]\d{0,14}$/.test(end) ? Number(end) : [];
    });
  }
}

function readSeen(text: string): Map<string, Seen> {
  const seen = new Map<string, Seen>();
  for (const line of text.split('\n').filter((each) => each !== '')) {
    const [, origin, size, root] = /^(\S+) (\d+) (\S+)$/.exec(line) ?? [];
    const bytes = fromBase64(root ?? '');
    if (!origin || bytes?.length !== 32)
      throw CheckpointError.malformed('lines of origin, size and root', line);
    seen.set(origin, { size: Number(size), root: bytes });
  }
  return seen;
}

function write(path: string, text: string): void {
  const fd = openSync(path, 'w', 0o600);
  try {
    writeSync(fd, text);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
