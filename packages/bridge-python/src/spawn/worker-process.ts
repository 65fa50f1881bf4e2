import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { callListener } from '../call-listener.js';
import { WorkerFailedError } from '../errors.js';

export interface WorkerCommand {
  readonly python: string;
  readonly args: readonly string[];
  readonly cwd: string | undefined;
  readonly env: Readonly<Record<string, string>> | undefined;
  /** A line of JSON with the secrets, which must not appear in a list of processes. */
  secrets(): Promise<string>;
  onLog(line: string, pid: number): void;
}

/** How a process ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The last lines that it printed. */
  readonly lastWords: string;
}

const LAST_LINES = 40;
/** Exit codes with which a worker that has not joined says that trying again will not help: the command, or the login. */
const HOPELESS: readonly (number | null)[] = [2, 3];

/** One worker as a child process. It ends when its standard input does, so it never outlives this process. */
export class WorkerProcess {
  readonly #child: ChildProcess;
  readonly #lines: string[] = [];
  readonly exited: Promise<Exit>;
  /** Whether the process is gone. */
  hasExited = false;
  /** Whether the bridge let it in. */
  hasJoined = false;

  private constructor(
    private readonly command: WorkerCommand,
    secrets: string,
  ) {
    const { python, args, cwd, env, onLog } = command;
    this.#child = spawn(python, args, {
      cwd,
      env: { ...process.env, PYTHONUNBUFFERED: '1', ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const log = (line: string): void => {
      this.#lines.push(line);
      if (this.#lines.length > LAST_LINES) this.#lines.shift();
      callListener(onLog, line, this.pid ?? 0);
    };
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      if (!stream) continue;
      createInterface({ input: stream })
        .on('line', log)
        .on('error', () => undefined);
    }
    // If a process is gone before it read, its exit says so.
    this.#child.stdin?.on('error', () => undefined);
    this.#child.stdin?.write(`${secrets}\n`);
    this.exited = new Promise((resolve, reject) => {
      this.#child.once('error', (error) => reject(this.notStarted(error)));
      this.#child.once('exit', () => {
        this.hasExited = true;
      });
      this.#child.once('close', (code, signal) =>
        resolve({ code, signal, lastWords: this.#lines.join('\n') }),
      );
    });
    this.exited.catch(() => undefined);
    // Nobody else keeps this process alive on its account.
    this.#child.unref();
  }

  static async start(command: WorkerCommand): Promise<WorkerProcess> {
    return new WorkerProcess(command, await command.secrets());
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Asks it to end what it does and leave; ends it after a while. */
  async stop(patience: number): Promise<void> {
    this.#child.kill('SIGTERM');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), patience);
    await this.exited.catch(() => undefined);
    clearTimeout(timer);
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  private notStarted(error: NodeJS.ErrnoException): WorkerFailedError {
    const { python, cwd } = this.command;
    return new WorkerFailedError(`The interpreter '${python}' could not be started`, {
      expected: 'Python 3.11 or later',
      received: `${error.code ?? error.message}${cwd ? ` in ${cwd}` : ''}`,
      remedy:
        'Pass the path of one as `python`, for instance `.venv/bin/python`, and a folder that exists as `cwd`.',
      cause: error,
    });
  }
}

/**
 * The error for a worker that ended by itself, and whether it is of no use to start it again.
 *
 * @param hasJoined an agent in a worker that has joined can end it with any code, which then says nothing.
 */
export function failureOf(
  exit: Exit,
  python: string,
  hasJoined: boolean,
): { readonly error: WorkerFailedError; readonly isHopeless: boolean } {
  const { code, signal, lastWords } = exit;
  const isMissing = /No module named '?kaizen_eatp_bridge/.test(lastWords);
  const ended = signal ? `ended by ${signal}` : `ended with code ${code}`;
  const error = new WorkerFailedError(`The Python worker ${ended}`, {
    received: lastWords ? `\n${lastWords}\n` : 'no output',
    remedy: isMissing
      ? `Install its half of the bridge: ${python} -m pip install kaizen-eatp-bridge`
      : 'See its output; the last line says what to do.',
    evidence: { code, signal },
  });
  return { error, isHopeless: !hasJoined && (isMissing || HOPELESS.includes(code)) };
}
