import { NoCapableAgentError } from '@kaizen-eatp/core/errors';
import { type AgentHandle, PARTICIPATION, type PatternExecution } from '@kaizen-eatp/core/plugin';
import { holds } from './givable.js';

interface Worker {
  readonly agent: AgentHandle;
  /** Those of the capabilities asked for that it holds and verified for, by its own right. */
  readonly capabilities: Set<string>;
  /** Why it may not work; undefined as long as it may. */
  refusal: string | undefined;
  busy: number;
  given: number;
}

/**
 * Who may take a subtask, and who takes it. Rights are verified once, before anything is delegated: afterwards a
 * worker would be judged by its newest delegation, not by what it holds. What changes after that, the guard finds.
 */
export class WorkerPool {
  readonly #workers: readonly Worker[];

  private constructor(workers: readonly Worker[]) {
    this.#workers = workers;
  }

  static async open(
    execution: PatternExecution,
    agents: readonly AgentHandle[],
    asked: ReadonlySet<string>,
  ): Promise<WorkerPool> {
    const workers: Worker[] = [];
    for (const agent of agents) {
      const capabilities = new Set<string>();
      const { valid, reason = 'is not trusted' } = await execution.verify(agent, PARTICIPATION);
      if (valid) {
        for (const capability of asked) {
          if (holds(agent, capability) && (await execution.verify(agent, capability)).valid)
            capabilities.add(capability);
        }
      }
      workers.push({ agent, capabilities, refusal: valid ? undefined : reason, busy: 0, given: 0 });
    }
    return new WorkerPool(workers);
  }

  /**
   * The least busy worker that holds all of the capabilities itself, else the least busy trusted one (decision 6).
   *
   * @throws NoCapableAgentError if none is trusted.
   */
  take(required: readonly string[]): AgentHandle {
    let best: Worker | undefined;
    let isBestCapable = false;
    for (const worker of this.#workers) {
      if (worker.refusal !== undefined) continue;
      const isCapable = required.every((capability) => worker.capabilities.has(capability));
      if (
        !best ||
        (isCapable && !isBestCapable) ||
        (isCapable === isBestCapable && isLessBusy(worker, best))
      ) {
        best = worker;
        isBestCapable = isCapable;
      }
    }
    if (!best) {
      const considered = this.#workers.map(({ agent, refusal }) => ({
        agent: agent.name,
        reason: refusal as string,
      }));
      throw new NoCapableAgentError(required.join(', ') || 'execute', considered);
    }
    best.busy += 1;
    best.given += 1;
    return best.agent;
  }

  giveBack(agent: AgentHandle): void {
    this.of(agent).busy -= 1;
  }

  /** Lets a worker have no further subtask in this run. */
  exclude(agent: AgentHandle, reason: string): void {
    this.of(agent).refusal = reason;
  }

  private of(agent: AgentHandle): Worker {
    return this.#workers.find((worker) => worker.agent === agent) as Worker;
  }
}

/** By what it is at; between equals, by what it has had. */
const isLessBusy = (a: Worker, b: Worker): boolean =>
  a.busy < b.busy || (a.busy === b.busy && a.given < b.given);
