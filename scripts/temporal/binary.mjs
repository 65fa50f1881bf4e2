// The server of Temporal that the slow tests and the benchmarks use. It is built from its source by Go, since no binary of it is
// published; that takes minutes, so it is done on request: `npm run setup -- temporal`.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const VERSION = 'v1.32.0';
const MODULE = 'go.temporal.io/server/cmd/server';
const root = fileURLToPath(new URL('../..', import.meta.url));

/** Where the server is once it is built. */
export const binary = join(root, '.setup', 'temporal', VERSION, 'server');

/** Says why there is no server to test with; undefined if there is one. */
export const whyNone = () =>
  process.env.TEMPORAL_ADDRESS || existsSync(binary)
    ? undefined
    : 'no Temporal server: build one with `npm run setup -- temporal` (Go, some minutes), or name one in TEMPORAL_ADDRESS';

/** Builds the server, unless it is there. @returns an error for people; undefined if the server is there. */
export function build() {
  if (existsSync(binary)) return undefined;
  mkdirSync(dirname(binary), { recursive: true });
  const env = { ...process.env, GOBIN: dirname(binary), GOFLAGS: '-buildvcs=false' };
  const { status, error } = spawnSync('go', ['install', `${MODULE}@${VERSION}`], { env, stdio: 'inherit' });
  if (status === 0) return undefined;
  return error ? `Go could not be started: ${error.message}` : `go install ended with code ${status}`;
}
