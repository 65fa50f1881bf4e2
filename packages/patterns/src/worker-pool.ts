import { NoCapableAgentError } from '@kaizen-eatp/core/errors';
import { type AgentHandle, PARTICIPATION, type PatternExecution } from '@kaizen-eatp/core/plugin';
import { holds } from './givable.js';

interface Worker {
  readonly agent: AgentHandle;
  /** The capabilities, of those that subtasks name, that the worker holds and verified for by its own right. */
  readonly capabilities: Set<string>;
  /** Why the worker is not trusted; undefined as long as it is. */
  refusal: string | undefined;
  /** How many subtasks the worker has at the moment. */
  busy: number;
  /** How many subtasks the worker has been given in all. */
  given: number;
}

/** A worker that is not trusted. */
export interface Refused {
  /** The worker. */
  readonly agent: AgentHandle;
  /** Why it is not trusted. */
  readonly reason: string;
}

/**
 * Chooses a worker for each subtask. Rights are verified once, before the first delegation: afterwards `verify` would judge
 * a worker by its newest delegation, not by the capabilities that it holds. The guard notices later changes.
 */
export class WorkerPool {
  readonly #workers: readonly Worker[];

  private constructor(workers: readonly Worker[]) {
    this.#workers = workers;
  }

  /** The workers that are not trusted, with the reasons. */
  get refused(): readonly Refused[] {
    return this.#workers.flatMap(({ agent, refusal }) =>
      refusal === undefined ? [] : [{ agent, reason: refusal }],
    );
  }

  /** Verifies the workers. @param asked - the capabilities that subtasks name. */
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
   * Takes the least busy worker that holds all of the capabilities itself, else the least busy trusted worker.
   *
   * @throws NoCapableAgentError if no worker is trusted.
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

  /** Returns a worker after a subtask. */
  giveBack(agent: AgentHandle): void {
    this.of(agent).busy -= 1;
  }

  /** Excludes a worker from all further subtasks of the run. */
  exclude(agent: AgentHandle, reason: string): void {
    this.of(agent).refusal = reason;
  }

  private of(agent: AgentHandle): Worker {
    return this.#workers.find((worker) => worker.agent === agent) as Worker;
  }
}

/** Compares two workers by their subtasks at the moment, and equals by all their subtasks so far. */
const isLessBusy = (a: Worker, b: Worker): boolean =>
  a.busy < b.busy || (a.busy === b.busy && a.given < b.given);
