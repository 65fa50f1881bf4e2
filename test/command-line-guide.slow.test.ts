import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { stepsOf } from './guide.js';
import { type LocalRegistry, openLocalRegistry } from './local-registry.js';
import { readerEnvironment } from './reader-environment.js';

const run = promisify(execFile);
const root = fileURLToPath(new URL('..', import.meta.url));
const steps = stepsOf(readFileSync(join(root, 'docs/command-line.md'), 'utf8'));
const place = realpathSync(mkdtempSync(join(tmpdir(), 'kaizen-eatp-commands-')));
let registry: LocalRegistry;

beforeAll(async () => {
  for (const folder of ['tarballs', 'home', 'prefix']) mkdirSync(join(place, folder), { mode: 0o700 });
  registry = await openLocalRegistry(root, join(place, 'tarballs'));
}, 120_000);

afterAll(async () => {
  await registry?.close();
  rmSync(place, { recursive: true, force: true });
});

it('follows the guide from an empty machine to a verified receipt, with commands alone', async () => {
  const blocks = steps.filter((step) => step.kind !== 'file');
  expect(blocks.length).toBe(steps.length);
  // One shell for the whole page, as a reader has, since it sets variables.
  const marker = '--- block ';
  const script = blocks.map((step, i) =>
    step.kind === 'commands' ? `printf '%s%s\n' '${marker}' ${i}\n${step.script}` : '',
  );
  const environment = readerEnvironment(place, registry.url);
  const { stdout } = await run('bash', ['-c', `set -e\n${script.join('\n')}`], {
    cwd: join(place, 'home'),
    env: {
      ...environment,
      npm_config_prefix: join(place, 'prefix'),
      PATH: `${join(place, 'prefix', 'bin')}:${environment.PATH}`,
    },
  }).catch((error) => {
    throw new Error(`The guide fails:\n${error.stdout}\n${error.stderr}`);
  });
  const printed = new Map(
    stdout
      .split(marker)
      .slice(1)
      .map((part) => [Number.parseInt(part, 10), part.slice(part.indexOf('\n') + 1)]),
  );
  for (const [i, step] of blocks.entries()) {
    if (step.kind !== 'output') continue;
    for (const line of step.text.split('\n')) expect(printed.get(i - 1)).toContain(line);
  }
  expect(blocks.filter(({ kind }) => kind === 'output').length).toBeGreaterThan(7);
  // The command is the packed one, with the manual pages that npm installs.
  expect(registry.served).toContainEqual(expect.stringMatching(/^@kaizen-eatp\/cli@/));
  expect(existsSync(join(place, 'prefix/share/man/man1/kaizen-eatp-verify.1'))).toBe(true);
}, 300_000);
