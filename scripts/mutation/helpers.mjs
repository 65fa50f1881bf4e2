import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** A helper process that answers messages one at a time, and is killed when an answer takes too long. */
class Helper {
  #waiting;

  constructor(script) {
    const path = fileURLToPath(new URL(script, import.meta.url));
    this.child = fork(path, {
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      detached: true,
      execArgv: [],
    });
    this.ready = this.#next();
    this.child.on('message', (message) => this.#settle(message));
    this.child.on('exit', () => this.#settle({ failed: 'ends its process' }));
  }

  /** @returns the answer; that the mutant does not end, after that many seconds. */
  async ask(message, seconds) {
    await this.ready;
    const answer = this.#next();
    this.child.send(message, () => undefined);
    const timer = setTimeout(() => {
      this.#settle({ failed: 'does not end' });
      this.end();
    }, seconds * 1_000);
    try {
      return await answer;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Ends the process, and those that it started. */
  end() {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    try {
      process.kill(-this.child.pid, 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  }

  #next() {
    return new Promise((resolve) => {
      this.#waiting = resolve;
    });
  }

  #settle(message) {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.(message);
  }
}

/** How many mutants a process tries, since what they load stays in its memory. */
const MOST = 30;

/** Tries the suite on mutants, one at a time, in a process that is replaced when a mutant can have spoilt it. */
export class SuiteHelper {
  #helper;
  #used = 0;

  async ask(message, seconds) {
    const wasFresh = this.#used === 0;
    const { failed, isWorn } = await this.#ask(message, seconds);
    // What nobody caught can be the doing of the mutant before.
    if (!wasFresh && failed?.startsWith('an error that nobody caught')) return this.#ask(message, seconds);
    return { failed, isWorn };
  }

  async #ask(message, seconds) {
    this.#helper ??= new Helper('kit.mjs');
    this.#used += 1;
    const { failed, isWorn } = await this.#helper.ask(message, seconds);
    if (isWorn || this.#used >= MOST || ['does not end', 'ends its process'].includes(failed)) this.end();
    return { failed, isWorn };
  }

  end() {
    this.#helper?.end();
    this.#helper = undefined;
    this.#used = 0;
  }
}

/** Runs tests on mutants, in one process as long as they end. */
export class TestHelper {
  #helper;
  #last = Promise.resolve();

  /** One mutant at a time. */
  ask(message, seconds) {
    const answer = this.#last.then(() => this.#ask(message, seconds));
    this.#last = answer.catch(() => undefined);
    return answer;
  }

  async #ask(message, seconds) {
    this.#helper ??= new Helper('tests.mjs');
    const answer = await this.#helper.ask(message, seconds);
    if (['does not end', 'ends its process'].includes(answer.failed)) this.end();
    return answer;
  }

  end() {
    this.#helper?.end();
    this.#helper = undefined;
  }
}
