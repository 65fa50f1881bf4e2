import { type ChildProcess, execFile, spawn } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { freePort } from './support/free-port.js';
import { PYTHON } from './support/remote-world.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const SURVEY = join(ROOT, 'packages/bridge-python/python/tests/survey/ours');
const run = promisify(execFile);

/** The code blocks of a page of the documentation that are in one language, in order, from a heading on. */
function blocks(page: string, heading: string, language: string): string[] {
  const text =
    readFileSync(join(ROOT, 'docs', page), 'utf8')
      .split(heading)[1]
      ?.split('\n## ')[0] ?? '';
  return [...text.matchAll(new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 'gs'))].map(
    ([, code]) => code as string,
  );
}

/** A folder with ten files of agents, and the packages installed. */
function newUser(): { readonly folder: string; readonly env: NodeJS.ProcessEnv } {
  const folder = mkdtempSync(join(tmpdir(), 'first-hour-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, 'agents'));
  const names: Record<string, string> = { 'config_verbs.py': 'qa.py', 'plain_classes.py': 'office.py' };
  const files = readdirSync(SURVEY).filter((name) => name.endsWith('.py'));
  for (const name of files) copyFileSync(join(SURVEY, name), join(folder, 'agents', names[name] ?? name));
  for (const name of ['base.py', 'agents/writer.py'])
    copyFileSync(join(SURVEY, 'house', name), join(folder, 'agents', `house_${name.replace('/', '_')}`));
  expect(readdirSync(join(folder, 'agents')).length).toBeGreaterThanOrEqual(10);
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  symlinkSync(join(ROOT, 'deploy'), join(folder, 'deploy'));
  symlinkSync(dirname(dirname(PYTHON)), join(folder, '.venv'));
  const PATH = [dirname(PYTHON), dirname(process.execPath), process.env.PATH].join(delimiter);
  const env = {
    ...process.env,
    PATH,
    HOME: folder,
    KAIZEN_MODEL: 'mock-model',
    PYTHONDONTWRITEBYTECODE: '1',
  };
  return { folder, env };
}

it('a new user comes from a folder of agents to a mixed run with a receipt by the commands of the documentation alone', async () => {
  const { folder: cwd, env } = newUser();
  const [inspect, start] = blocks('joining-python-agents.md', '## From a folder to a run', 'sh') as [
    string,
    string,
  ];
  const listed = await run('sh', ['-ec', inspect], { cwd, env, maxBuffer: 2 ** 24 });
  // The lines that the page tells to take the agents from.
  expect(listed.stdout).toContain('--agent QAAgent=agents/qa.py:QAAgent');
  expect(listed.stdout).toContain('--agent Translator=agents/office.py:Translator');
  const [program] = blocks('joining-python-agents.md', '## From a folder to a run', 'js') as [string];
  const [, name] = /^\/\/ (\S+)/.exec(program) as unknown as [string, string];
  writeFileSync(join(cwd, name), program);
  const { stdout } = await run('sh', ['-ec', start], { cwd, env });
  expect(stdout).toContain('fr: The answer is IS IT SAFE?.');
  expect(stdout).toContain('The receipt is valid.');
  const receipt = join(cwd, 'receipt.json');
  const checked = await run(PYTHON, [join(ROOT, 'interop/python/verify_receipt.py'), receipt], { cwd, env });
  expect(checked.stdout).toMatch(/[1-9]\d* accepted, 0 refused/);
}, 600_000);

it('two processes on a laptop work by the commands of the documentation, but for the port', async () => {
  const { folder: cwd, env } = newUser();
  const port = await freePort();
  const [commands] = blocks('running-python-workers.md', '## 2. Two processes on a laptop', 'sh') as [string];
  const [bridge, ...worker] = commands.replaceAll('7411', String(port)).trim().split('\n') as [
    string,
    ...string[],
  ];
  const started: ChildProcess[] = [];
  onTestFinished(() => {
    for (const child of started) if (child.pid) process.kill(-child.pid, 'SIGKILL');
  });
  const output: string[] = [];
  const inBackground = (command: string): ChildProcess => {
    const settings = { cwd, env: { ...env, BRIDGE_PORT: String(port) }, detached: true };
    const child = spawn('sh', ['-ec', `exec ${command}`], settings);
    child.stdout?.on('data', (data) => output.push(String(data)));
    child.stderr?.on('data', (data) => output.push(String(data)));
    started.push(child);
    return child;
  };
  const program = inBackground(bridge);
  const answers = (path: string): Promise<number> =>
    fetch(`http://127.0.0.1:${port}${path}`).then(
      ({ status }) => status,
      () => 0,
    );
  const patience = { timeout: 120_000, interval: 100 };
  await expect.poll(() => answers('/health'), patience).toBe(200);
  inBackground(`sh -ec '${worker.join('\n')}'`);
  await expect.poll(() => answers('/ready?agent=echo-1'), patience).toBe(200);
  program.kill('SIGUSR2');
  await expect
    .poll(() => output.join(''), patience)
    .toMatch(/"event":"run","runId":"[^"]+","result":\{"text":"hello"\}/);
}, 600_000);
