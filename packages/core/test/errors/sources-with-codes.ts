import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Returns every source file of all packages as one string, without the tables of error codes. */
export function allSources(): string {
  const packages = fileURLToPath(new URL('../../../', import.meta.url));
  const texts: string[] = [];
  for (const name of readdirSync(packages)) {
    for (const file of readdirSync(resolve(packages, name, 'src'), { recursive: true, encoding: 'utf8' })) {
      if (file.endsWith('.ts') && !file.endsWith('error-codes.ts'))
        texts.push(readFileSync(resolve(packages, name, 'src', file), 'utf8'));
    }
  }
  return texts.join('\n');
}

/** Returns every code that some source passes as the first argument to the constructor of an error. */
export function sourcesWithErrorCodes(): readonly string[] {
  const made = /(?:\bsuper|\bnew \w+Error)\(\s*'([A-Z][A-Z_]+)'/g;
  return [...new Set([...allSources().matchAll(made)].map((match) => match[1] as string))];
}
