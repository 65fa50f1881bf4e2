import type { EngineWork, EngineWorker, RunEngine, RunJobEnd } from '@kaizen-eatp/core/durable';

/** The faults that a small engine can have. */
export type Fault =
  | 'drops what no worker is there for'
  | 'holds a run several times'
  | 'ignores the concurrency'
  | 'gives the token of the run'
  | 'gives up after a failure'
  | 'executes again what has ended'
  | 'executes at once what waits'
  | 'does not wait when it stops'
  | 'takes runs while it stops'
  | 'loses a run now and then'
  | 'cuts long ids';

/** A queue in memory that the engines of one place share. */
export class SmallQueue {
  readonly waiting: string[] = [];
  readonly running = new Set<string>();
  readonly pumps = new Set<() => void>();
  readonly repeated = new Set<string>();
  count = 0;
  attempts = 0;
}

/** An engine over a queue in memory, with one fault or none. */
export class SmallEngine implements RunEngine {
  constructor(
    private readonly queue: SmallQueue,
    private readonly fault?: Fault,
  ) {}

  async enqueue(given: string): Promise<void> {
    const { queue, fault } = this;
    const runId = fault === 'cuts long ids' ? given.slice(0, 20) : given;
    queue.count += 1;
    if (fault === 'loses a run now and then' && queue.count % 10 === 0) return;
    if (fault === 'drops what no worker is there for' && queue.pumps.size === 0) return;
    const isKnown = queue.waiting.includes(runId) || queue.running.has(runId);
    if (isKnown && fault !== 'holds a run several times') return;
    queue.waiting.push(runId);
    for (const pump of queue.pumps) pump();
  }

  async work({ concurrency, execute }: EngineWork): Promise<EngineWorker> {
    const { queue, fault } = this;
    const executing = new Set<Promise<void>>();
    const most = fault === 'ignores the concurrency' ? Number.POSITIVE_INFINITY : concurrency;
    const perform = async (runId: string): Promise<void> => {
      queue.attempts += 1;
      const token = fault === 'gives the token of the run' ? runId : `${runId}/${queue.attempts}`;
      const end = await execute({ runId, token, signal: new AbortController().signal }).catch(
        () => undefined,
      );
      queue.running.delete(runId);
      if (this.#isToBeRepeated(runId, end)) queue.waiting.push(runId);
    };
    const pump = (): void => {
      while (executing.size < most && queue.waiting.length > 0) {
        const runId = queue.waiting.shift() as string;
        queue.running.add(runId);
        const execution: Promise<void> = perform(runId).finally(() => {
          executing.delete(execution);
          if (queue.pumps.has(pump)) setTimeout(pump, 1);
        });
        executing.add(execution);
      }
    };
    queue.pumps.add(pump);
    pump();
    return {
      stop: async () => {
        while (fault === 'takes runs while it stops' && executing.size > 0) {
          await Promise.all(executing);
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
        queue.pumps.delete(pump);
        if (fault !== 'does not wait when it stops') await Promise.all(executing);
      },
    };
  }

  #isToBeRepeated(runId: string, end: RunJobEnd | undefined): boolean {
    if (end === undefined) return this.fault !== 'gives up after a failure';
    if (end === 'ended') {
      const { repeated } = this.queue;
      const isToBe = this.fault === 'executes again what has ended' && !repeated.has(runId);
      repeated.add(runId);
      return isToBe;
    }
    return this.fault === 'executes at once what waits';
  }
}
