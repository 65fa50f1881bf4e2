import { glob, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it, vi } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const generated = join(root, 'test', '.generated');
// The guide to writing a pattern is followed step by step by a test of its own.
const documents: string[] = [];
for await (const path of glob(['README.md', 'packages/*/README.md', 'docs/*.md'], {
  cwd: root,
  exclude: ['docs/writing-a-pattern.md'],
}))
  documents.push(path);

/** The code blocks that stand by themselves; those marked `ts fragment` do not. */
function programs(markdown: string): string[] {
  return [...markdown.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map((match) => match[1] as string);
}

/** The output that a program claims: the comment behind each console.log. */
function promised(program: string): string[] {
  return [...program.matchAll(/^ *console\.log\(.*\);\s*\/\/ (.*)$/gm)].map((match) => match[1] as string);
}

describe('the code in the documents', () => {
  afterAll(() => rm(generated, { recursive: true, force: true }));

  it('is found', () => {
    expect(documents).toEqual(expect.arrayContaining(['README.md', 'packages/core/README.md']));
  });

  it.each(documents)('%s runs and prints what it promises', async (path) => {
    await mkdir(generated, { recursive: true });
    for (const [i, program] of programs(await readFile(join(root, path), 'utf8')).entries()) {
      const file = join(generated, `${path.replaceAll(/[^a-z]/gi, '-')}-${i}.ts`);
      await writeFile(file, program);
      const printed: string[] = [];
      const { format } = await import('node:util');
      const log = vi
        .spyOn(console, 'log')
        .mockImplementation((...values) => void printed.push(format(...values)));
      try {
        await import(file);
      } finally {
        log.mockRestore();
      }
      expect(printed, `what block ${i + 1} of ${path} prints`).toEqual(promised(program));
    }
  });
});
