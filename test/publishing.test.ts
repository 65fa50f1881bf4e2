import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { stepsOf } from './guide.js';
import { type LocalRegistry, openLocalRegistry } from './local-registry.js';
import { readerEnvironment } from './reader-environment.js';

const run = promisify(execFile);
const root = fileURLToPath(new URL('..', import.meta.url));
const place = realpathSync(mkdtempSync(join(tmpdir(), 'kaizen-eatp-guide-')));
let registry: LocalRegistry;

beforeAll(async () => {
  // The build is what gets packed, so it must not be an old one.
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  await run(process.execPath, [compiler, '-b', 'packages/core', 'packages/testing'], { cwd: root }).catch(
    (error) => {
      throw new Error(`The packages do not build:\n${error.stdout}`);
    },
  );
  for (const folder of ['tarballs', 'home', 'work']) mkdirSync(join(place, folder));
  registry = await openLocalRegistry(root, join(place, 'tarballs'));
}, 120_000);

afterAll(async () => {
  await registry?.close();
  rmSync(place, { recursive: true, force: true });
});

it.each([
  ['writing-a-pattern.md', 'a pattern', 3],
  ['writing-a-store.md', 'a store', 3],
])(
  'follows %s from an empty folder to %s that another project runs',
  async (guide, _what, outputs) => {
    const steps = stepsOf(readFileSync(join(root, 'docs', guide), 'utf8'));
    const start = join(place, 'work', guide);
    mkdirSync(start, { recursive: true });
    let folder = start;
    let printed = '';
    for (const step of steps) {
      if (step.kind === 'file') {
        mkdirSync(dirname(join(folder, step.path)), { recursive: true });
        writeFileSync(join(folder, step.path), step.content);
      } else if (step.kind === 'commands') {
        ({ printed, folder } = await follow(step.script, folder));
      } else {
        for (const line of step.text.split('\n')) expect(printed).toContain(line);
      }
    }
    expect(steps.filter((step) => step.kind === 'output').length).toBe(outputs);
    const ours = [...registry.served]
      .filter((each) => each.startsWith('@kaizen-eatp/'))
      .map((each) => each.replace(/@[^@]*$/, ''));
    expect(ours.sort()).toEqual(['@kaizen-eatp/core', '@kaizen-eatp/testing']);
    // The core that the other project runs is the packed one, and the plugin uses that same copy.
    const { stdout } = await run('npm', ['ls', '@kaizen-eatp/core', '--all', '--parseable'], {
      cwd: folder,
      env: readerEnvironment(place, registry.url),
    });
    expect(stdout.trim().split('\n')).toEqual([join(folder, 'node_modules/@kaizen-eatp/core')]);
  },
  240_000,
);

/** Runs a block of commands as the reader's shell would; the next block goes on where it ended. */
async function follow(script: string, cwd: string): Promise<{ printed: string; folder: string }> {
  const marker = '--- the block ended in ';
  const command = `set -e\n${script}\nprintf '%s%s' '${marker}' "$PWD"`;
  const { stdout } = await run('bash', ['-c', command], {
    cwd,
    env: readerEnvironment(place, registry.url),
  }).catch((error) => {
    throw new Error(`This part of the guide fails:\n${script}\n${error.stdout}\n${error.stderr}`);
  });
  const end = stdout.lastIndexOf(marker);
  return { printed: stdout.slice(0, end), folder: stdout.slice(end + marker.length) };
}
