import type { RunEvent } from './run-events.js';

const EVENT_BYTES = 200;
const ELEMENT_BYTES = 16;

/**
 * Returns about how much memory an event takes, in bytes. A report is read no further than to `limit`, so
 * the cost is bounded as well.
 */
export function sizeOfEvent(event: RunEvent, limit: number): number {
  if (event.type !== 'progress' && event.type !== 'shared') return EVENT_BYTES;
  try {
    return EVENT_BYTES + sizeOf(event.type === 'progress' ? event.progress : event.value, limit);
  } catch {
    // A hostile object: its content is unknown.
    return limit;
  }
}

function sizeOf(value: unknown, limit: number): number {
  let size = 0;
  const open: unknown[] = [value];
  while (open.length > 0 && size < limit) {
    const part = open.pop();
    size += ELEMENT_BYTES;
    if (typeof part === 'string') size += part.length * 2;
    else if (ArrayBuffer.isView(part) || part instanceof ArrayBuffer) size += part.byteLength;
    else if (typeof part === 'object' && part !== null) {
      // Not one argument for each element: there can be millions.
      for (const each of elementsOf(part)) if (open.push(each) * ELEMENT_BYTES > limit) return limit;
    }
  }
  return Math.min(size, limit);
}

const elementsOf = (part: object): Iterable<unknown> =>
  part instanceof Map ? [...part].flat() : part instanceof Set ? part : Object.values(part);
