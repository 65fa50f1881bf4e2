import { resolve } from 'node:path';
import { callListener } from '../call-listener.js';
import { WorkerFailedError } from '../errors.js';
import { internalsOf, type PythonBridge } from '../python-bridge.js';
import type { PlannedAgent, SpawnPythonAgentsOptions } from './spawn-options.js';
import { failureOf, WorkerProcess } from './worker-process.js';

const FIRST_PAUSE = 200;
const LONGEST_PAUSE = 30_000;
const STEADY = 60_000;
const PATIENCE = 10_000;
/** How long a worker that said goodbye can take to end, in milliseconds. */
const LEAVING = 5_000;

const crews = new Set<Crew>();
let isWatchingExit = false;

/** A worker notices by itself when this process is gone; where that can be seen coming, it is not left to it. */
function endWithThisProcess(crew: Crew): void {
  crews.add(crew);
  if (isWatchingExit) return;
  isWatchingExit = true;
  process.once('exit', () => {
    for (const each of crews) each.kill();
  });
}

/** The workers of one call: each is kept running until it is given up or closed. */
export class Crew {
  readonly #running = new Set<WorkerProcess>();
  #isClosing = false;
  #wake: (() => void) | undefined;
  #listening: readonly (() => void)[] = [];

  constructor(
    private readonly bridge: PythonBridge,
    private readonly options: SpawnPythonAgentsOptions,
    private readonly plan: readonly PlannedAgent[],
  ) {}

  get pids(): number[] {
    return [...this.#running].flatMap(({ pid }) => pid ?? []);
  }

  /** @throws WorkerFailedError. */
  async start(): Promise<void> {
    endWithThisProcess(this);
    const { workers = 1 } = this.options;
    const joined = internalsOf(this.bridge).onSeat(({ software }) => {
      for (const worker of this.#running) if (isOf(worker, software)) worker.hasJoined = true;
    });
    // Its session ended while the process is there: it was stopped (SIGSTOP), or hangs. Only an end starts it again.
    const left = this.bridge.on('workerLeft', ({ worker: { pid, state }, reason }) => {
      for (const worker of this.#running) {
        if (worker.pid !== pid || this.#isClosing || worker.hasExited) continue;
        this.log(`ended, since ${reason}`, worker);
        // One that was away for its whole grace cannot be ending in order: it does not even answer.
        if (state === 'away') worker.kill();
        else setTimeout(() => worker.kill(), LEAVING).unref();
      }
    });
    this.#listening = [joined, left];
    await Promise.all(Array.from({ length: workers }, () => this.startOne()));
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    this.#wake?.();
    crews.delete(this);
    await Promise.all([...this.#running].map((worker) => worker.stop(PATIENCE)));
    for (const stop of this.#listening) stop();
  }

  kill(): void {
    for (const worker of this.#running) worker.kill();
  }

  private async startOne(): Promise<void> {
    const worker = await WorkerProcess.start(this.command());
    this.#running.add(worker);
    try {
      await this.joined(worker);
    } catch (error) {
      this.#running.delete(worker);
      worker.kill();
      throw error;
    }
    this.keep(worker).catch((error: WorkerFailedError) => this.giveUp(error));
  }

  /** Resolves when the process has its place on the bridge. */
  private async joined(worker: WorkerProcess): Promise<void> {
    const { startTimeout = 60_000, python = 'python3' } = this.options;
    let stopListening: (() => void) | undefined;
    let timer: NodeJS.Timeout | undefined;
    const seated = new Promise<void>((resolve, reject) => {
      stopListening = internalsOf(this.bridge).onSeat(({ software }) => {
        if (isOf(worker, software)) resolve();
      });
      const tooLate = (): void =>
        reject(
          new WorkerFailedError(`The Python worker did not join within ${startTimeout} ms`, {
            remedy: 'See its output, or raise `startTimeout`.',
          }),
        );
      timer = setTimeout(tooLate, startTimeout);
    });
    const ended = worker.exited.then((exit) => {
      throw failureOf(exit, python, false).error;
    });
    try {
      await Promise.race([seated, ended]);
    } finally {
      clearTimeout(timer);
      stopListening?.();
    }
  }

  /** Starts it again whenever it ends, later each time; its calls are not waited for. */
  private async keep(first: WorkerProcess): Promise<void> {
    const { maxRestarts = 10, python = 'python3' } = this.options;
    let restarts = 0;
    for (let worker = first; ; ) {
      const since = Date.now();
      const exit = await worker.exited;
      this.#running.delete(worker);
      const { error, isHopeless } = failureOf(exit, python, worker.hasJoined);
      this.forget(worker, error);
      if (this.#isClosing) return;
      if (Date.now() - since > STEADY) restarts = 0;
      restarts += 1;
      if (isHopeless || restarts > maxRestarts) return this.giveUp(error);
      this.log(
        `started again after it ${exit.signal ? `was ended by ${exit.signal}` : `ended with code ${exit.code}`}`,
        worker,
      );
      await this.pause(Math.min(FIRST_PAUSE * 2 ** (restarts - 1), LONGEST_PAUSE));
      if (this.#isClosing) return;
      worker = await WorkerProcess.start(this.command());
      this.#running.add(worker);
    }
  }

  private forget(worker: WorkerProcess, { message }: Error): void {
    const reason = message.split('\n')[0] as string;
    internalsOf(this.bridge).forget(({ software }) => isOf(worker, software), reason);
  }

  private giveUp(error: WorkerFailedError): void {
    if (this.#running.size > 0) return;
    internalsOf(this.bridge).giveUp(
      this.plan.map(({ name }) => name),
      error,
    );
  }

  private pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
      setTimeout(resolve, milliseconds).unref();
    });
  }

  private log(line: string, { pid = 0 }: WorkerProcess): void {
    callListener(this.options.onLog ?? toStandardError, `kaizen-eatp-bridge: ${line}`, pid);
  }

  private command() {
    const {
      python = 'python3',
      cwd,
      env,
      processes,
      threads,
      verify,
      strictValues,
      onLog = toStandardError,
    } = this.options;
    const flags: readonly (readonly [string, string | number | undefined])[] = [
      ['--processes', processes],
      ['--threads', threads],
      ['--verify', verify],
    ];
    return {
      python: python.includes('/') ? resolve(python) : python,
      args: [
        ...['-m', 'kaizen_eatp_bridge', 'join', this.bridge.url, '--spawned'],
        ...this.plan.flatMap(({ name, target }) => ['--agent', `${name}=${target}`]),
        ...this.plan.flatMap(({ name, failures }) => (failures ? ['--failures', `${name}=${failures}`] : [])),
        ...(strictValues ? ['--strict-values'] : []),
        ...flags.flatMap(([flag, value]) => (value === undefined ? [] : [flag, String(value)])),
      ],
      cwd,
      env,
      secrets: () => this.secrets(),
      onLog,
    };
  }

  private async secrets(): Promise<string> {
    const agents = Object.fromEntries(this.plan.map(({ name, grant }) => [name, grant]));
    const { authorityId } = this.options;
    const token = await this.bridge.createEnrolmentToken({ authorityId, agents, expiresIn: 10 * 60_000 });
    const { authorities } = JSON.parse(Buffer.from(token.slice('eatp1_'.length), 'base64url').toString());
    return JSON.stringify({
      url: this.bridge.url,
      bridge_key: this.bridge.publicKey,
      authorities,
      keys: Object.fromEntries(this.plan.map(({ name, seed }) => [name, seed])),
      token,
    });
  }
}

/** A worker says which process it is. */
const isOf = ({ pid }: WorkerProcess, software: string): boolean =>
  software.split(' ').includes(`pid/${pid}`);

const toStandardError = (line: string, pid: number): void => {
  process.stderr.write(`[python ${pid}] ${line}\n`);
};
