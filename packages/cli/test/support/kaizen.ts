import { spawn } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { runCli } from '@kaizen-eatp/cli';

/** The compiled command. */
export const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** The exit code and the output of a call. */
export interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

class Written extends EventEmitter {
  text = '';
  constructor(readonly isTTY = false) {
    super();
  }
  write(text: string): boolean {
    this.text += text;
    return true;
  }
}

export interface CallOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly input?: string;
  readonly terminal?: boolean;
  readonly signal?: AbortSignal;
}

/** Calls the command in this process. */
export async function kaizen(args: readonly string[], options: CallOptions = {}): Promise<Finished> {
  const [stdout, stderr] = [new Written(options.terminal), new Written(options.terminal)];
  const stdin = Object.assign(Readable.from(options.input === undefined ? [] : [options.input]), {
    isTTY: options.terminal ?? false,
  });
  const code = await runCli({
    args,
    env: options.env ?? {},
    stdin,
    stdout,
    stderr,
    ...(options.signal && { signal: options.signal }),
  });
  return { code, stdout: stdout.text, stderr: stderr.text };
}

/** Starts the compiled command as a process of its own. */
export function startKaizen(args: readonly string[], env: Readonly<Record<string, string | undefined>> = {}) {
  return spawn(process.execPath, [MAIN, ...args], {
    env: { PATH: process.env.PATH, ...env } as NodeJS.ProcessEnv,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** Runs the compiled command to its end. */
export async function runKaizen(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>> = {},
): Promise<Finished> {
  const child = startKaizen(args, env);
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const code = await new Promise<number>((resolve) => child.once('close', (status) => resolve(status ?? -1)));
  return { code, stdout, stderr };
}

/** The result in the output of a call with `--json`. */
export function resultIn({ stdout }: Finished): Record<string, unknown> {
  return (JSON.parse(stdout) as { result: Record<string, unknown> }).result;
}
