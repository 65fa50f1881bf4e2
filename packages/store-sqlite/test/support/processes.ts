import { type ChildProcess, execFile, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';

const CHILDREN = new URL('../children/', import.meta.url);
const PYTHON = fileURLToPath(new URL('../../../../.venv/bin/python', import.meta.url));
const SCRIPTS = fileURLToPath(new URL('../python/', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
}

/** A process of its own that runs a script of `children`, over the built packages, and talks by messages. */
export class Child {
  readonly ended: Promise<Ended>;
  readonly #process: ChildProcess;
  readonly #messages: unknown[] = [];
  #wake: () => void = () => undefined;
  #end: Ended | undefined;

  constructor(script: string, args: readonly (string | number)[]) {
    let stderr = '';
    this.#process = fork(fileURLToPath(new URL(`${script}.ts`, CHILDREN)), args.map(String), {
      execArgv: [],
      stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
    });
    this.#process.stderr?.on('data', (data: Buffer) => {
      stderr += data;
    });
    this.#process.on('message', (message) => {
      this.#messages.push(message);
      this.#wake();
    });
    this.ended = new Promise((resolve) => {
      this.#process.on('close', (code, signal) => {
        this.#end = { code, signal, stderr };
        this.#wake();
        resolve(this.#end);
      });
    });
    onTestFinished(() => void this.kill());
  }

  /** The next message. @throws Error if the process ends before. */
  async next<T>(): Promise<T> {
    while (this.#messages.length === 0) {
      if (this.#end)
        throw new Error(`the process ended (${this.#end.code ?? this.#end.signal}): ${this.#end.stderr}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#messages.shift() as T;
  }

  send(message: string): void {
    this.#process.send(message);
  }

  kill(): void {
    this.#process.kill('SIGKILL');
  }
}

/** Runs a script of `python` with the reference's Python. @returns what it printed, read as JSON. */
export async function python<T>(script: string, ...args: (string | number)[]): Promise<T> {
  const { stdout } = await promisify(execFile)(PYTHON, [`${SCRIPTS}${script}.py`, ...args.map(String)], {
    maxBuffer: 2 ** 26,
  });
  return JSON.parse(stdout) as T;
}
