import { inspect } from 'node:util';
import { redactText } from '@kaizen-eatp/core/plugin';
import type { Settings } from './options.js';

/** Writes values for export: as JSON where possible, without secrets, and not too long. */
export class ContentWriter {
  constructor(private readonly settings: Pick<Settings, 'redact' | 'maxContentLength'>) {}

  /** Returns a value as a string. */
  text(value: unknown): string {
    const { redact, maxContentLength } = this.settings;
    const redacted = String(redact(redactText(typeof value === 'string' ? value : jsonOf(value))));
    return redacted.length > maxContentLength ? `${redacted.slice(0, maxContentLength)}…` : redacted;
  }

  /** Returns a value as the only message of a role. */
  messages(role: 'user' | 'assistant', value: unknown): string {
    return JSON.stringify([{ role, parts: [{ type: 'text', content: this.text(value) }] }]);
  }
}

/** JSON has no form for some values that agents exchange, such as bigint, Map and Set. */
function jsonOf(value: unknown): string {
  try {
    const hasNoJson = (item: unknown): boolean =>
      typeof item === 'bigint' || item instanceof Map || item instanceof Set || ArrayBuffer.isView(item);
    return JSON.stringify(value, (_, item) => (hasNoJson(item) ? inspect(item) : item)) ?? 'undefined';
  } catch {
    return inspect(value, { depth: 8, maxArrayLength: 100 });
  }
}
