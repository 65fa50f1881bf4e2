import { execFile } from 'node:child_process';
import { delimiter, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { PYTHON } from './support/remote-world.js';

const script = fileURLToPath(new URL('../../../deploy/without-containers.sh', import.meta.url));
const run = promisify(execFile);

it('the deployment without containers starts a bridge with TLS and two workers, and answers a run', async () => {
  const port = 20_000 + (process.pid % 20_000);
  const PATH = [dirname(process.execPath), process.env.PATH].join(delimiter);
  const env = { ...process.env, PATH, PYTHON, BRIDGE_PORT: String(port) };
  const { stdout } = await run(script, { env });
  const last = JSON.parse(stdout.trim().split('\n').at(-1) as string);
  expect(last).toMatchObject({ event: 'run', result: { text: 'hello' } });
}, 300_000);
