// Makes a bare clone ready: npm packages, the build, a Python environment with the pinned reference, and a browser.
// Runs on Node 20; the `node` package among the dev dependencies gives every npm script Node 24 afterwards.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findChromium } from './find-chromium.mjs';
import { build as buildTemporal } from './temporal/binary.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const stamps = join(root, '.setup');
const venvPython = join(root, '.venv', 'bin', 'python');
const MINIMUM_PYTHON = [3, 11];

const wanted = new Set(
  process.argv.slice(2).length > 0 ? process.argv.slice(2) : ['packages', 'build', 'python', 'browser'],
);
if (wanted.has('packages'))
  once('packages', ['package.json', 'package-lock.json'], 'node_modules', () =>
    run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']),
  );
if (wanted.has('build')) run('npm', ['run', '--silent', 'build', '--', '--output-logs=errors-only']);
if (wanted.has('python'))
  once(
    'python',
    ['interop/python/requirements.txt', 'packages/bridge-python/python/pyproject.toml'],
    '.venv/bin/python',
    installPython,
  );

// Only on request: Go compiles the server for some minutes.
if (wanted.has('temporal')) {
  const error = buildTemporal();
  if (error)
    fail(
      `The server of Temporal was not built: ${error}.`,
      'Install Go 1.26 or later, or name a server in TEMPORAL_ADDRESS.',
    );
}
if (wanted.has('browser') && !findChromium()) installChromium();

/** Skips a step whose inputs are as they were when it last succeeded. */
function once(step, inputs, product, work) {
  const hash = createHash('sha256');
  for (const input of inputs) hash.update(readFileSync(join(root, input)));
  const digest = hash.digest('hex');
  const stamp = join(stamps, step);
  if (existsSync(join(root, product)) && existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) return;
  work();
  mkdirSync(stamps, { recursive: true });
  writeFileSync(stamp, digest);
}

function installPython() {
  const python = findPython();
  run(python, ['-m', 'venv', '--clear', '.venv']);
  run(venvPython, [
    '-m',
    'pip',
    'install',
    '--quiet',
    '--disable-pip-version-check',
    '-r',
    'interop/python/requirements.txt',
  ]);
}

/** Installs Debian's package where that is allowed. Without a browser only the tests of the viewer fail, and say why. */
function installChromium() {
  const isAllowed =
    process.platform === 'linux' && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');
  const apt = (...args) => spawnSync('apt-get', args, { stdio: 'inherit' }).status === 0;
  if (isAllowed && apt('update', '-qq') && apt('install', '-y', '-qq', '--no-install-recommends', 'chromium'))
    return;
  console.log('No Chromium or Chrome was found. Install one, or name it: CHROMIUM=/path/to/chrome npm test');
}

function findPython() {
  for (const candidate of [process.env.PYTHON, 'python3', 'python'].filter(Boolean)) {
    const { status, stdout } = spawnSync(candidate, ['-c', 'import sys; print(*sys.version_info[:2])'], {
      encoding: 'utf8',
    });
    const version = (stdout ?? '').trim().split(' ').map(Number);
    if (status === 0 && (version[0] > MINIMUM_PYTHON[0] || version[1] >= MINIMUM_PYTHON[1])) return candidate;
  }
  fail(
    `No Python ${MINIMUM_PYTHON.join('.')} or later was found.`,
    'Install one, or name it: PYTHON=/path/to/python3 npm test',
  );
}

function run(command, args) {
  console.log(`\u203a ${command} ${args.join(' ')}`);
  const env = { ...process.env, TURBO_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1' };
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit', env });
  if (status !== 0)
    fail(
      `${command} ${args.join(' ')} failed${error ? `: ${error.message}` : ` with code ${status}`}.`,
      'See its output above; nothing was left half done that the next try would not repeat.',
    );
}

function fail(what, remedy) {
  console.error(`\nSet-up: ${what}\n${remedy}`);
  process.exit(1);
}
