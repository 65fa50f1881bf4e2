import { readFileSync } from 'node:fs';
import type { Outcome } from '../spec/command-spec.js';

/** Returns the version of this package. */
export function packageVersion(): string {
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}

/** Prints the versions. */
export function version(): Outcome {
  const own = packageVersion();
  return {
    result: { version: own, node: process.version },
    lines: [`kaizen-eatp ${own} (Node.js ${process.version})`],
  };
}
