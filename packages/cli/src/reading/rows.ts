import { type Authority, isEatpError } from '@kaizen-eatp/core';
import { authorityCodec } from '@kaizen-eatp/core/records';
import { DUMP_ORDER, type DumpKind, type DumpLine } from '@kaizen-eatp/core/store';
import type { OpenStore } from '../session/open-store.js';

/** Reads the records of some kinds, as they were at one moment. */
export async function* rowsOf(store: OpenStore, ...kinds: readonly DumpKind[]): AsyncGenerator<DumpLine> {
  const last = Math.max(...kinds.map((kind) => DUMP_ORDER.indexOf(kind)));
  for await (const line of store.exportJsonLines()) {
    const row = JSON.parse(line) as DumpLine;
    if (kinds.includes(row.type)) yield row;
    // Kinds come in one order, so nothing that was asked for follows.
    else if (DUMP_ORDER.indexOf(row.type) > last) return;
  }
}

/** Reads all authorities that can be read, by id. */
export async function authoritiesOf(store: OpenStore): Promise<Authority[]> {
  const found: Authority[] = [];
  for await (const row of rowsOf(store, 'authority')) {
    const authority = attempt(() => authorityCodec.decodeText(String(row.text)));
    if (authority) found.push(authority);
  }
  return found.sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** Returns what a function reads; undefined for a record that cannot be read. Other errors are thrown. */
export function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (isEatpError(error, 'MALFORMED_RECORD', 'MALFORMED_JSON')) return undefined;
    throw error;
  }
}
