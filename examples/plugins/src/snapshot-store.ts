import { existsSync } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { MemoryTrustStore } from '@kaizen-eatp/core';
import { PLUGIN_OPTIONS } from '@kaizen-eatp/core/container';
import { TrustStorePlugin } from '@kaizen-eatp/core/store';
import { z } from 'zod';

const options = z.strictObject({ file: z.string().min(1) });

/**
 * A store plugin: keeps everything in memory, reads a file when it starts and writes it when it closes. It suits a
 * demonstration; a process that is killed loses what it did.
 */
@TrustStorePlugin({ name: 'snapshot', options })
export class SnapshotStore extends MemoryTrustStore {
  static readonly inject = [PLUGIN_OPTIONS];
  readonly #file: string;

  constructor({ file }: z.output<typeof options>) {
    super();
    this.#file = file;
  }

  /** Reads what the last process wrote. The container calls it before anything uses the store. */
  async start(): Promise<void> {
    if (existsSync(this.#file)) await this.importJsonLines(linesOf(await readFile(this.#file, 'utf8')));
  }

  /** Writes everything to the file, so that the file is either the old one or the new one. */
  override async close(): Promise<void> {
    await writeFile(`${this.#file}.new`, this.exportJsonLines());
    await rename(`${this.#file}.new`, this.#file);
    await super.close();
  }
}

const linesOf = (text: string): string[] => text.split('\n').filter((line) => line !== '');
