import { EatpError } from '@kaizen-eatp/core';
import {
  InvalidTrustChainError,
  TrustChainNotFoundError,
  VerificationDeniedError,
} from '@kaizen-eatp/core/errors';
import type { AgentHandle, PatternExecution } from '@kaizen-eatp/core/plugin';
import { endsRun, failureOf, recordFailure } from './failure.js';
import { pooled } from './pooled.js';
import type { WorkerFailure, WorkerResult } from './roles/supervisor-merge.js';
import type { SplitSubtask } from './roles/supervisor-split.js';
import { executeSubtask } from './roles/worker.js';
import { WorkerPool } from './worker-pool.js';

/** The outcomes of all subtasks. */
export interface SubtaskOutcomes {
  /** The results, in the order of the subtasks. */
  readonly results: readonly WorkerResult[];
  /** The failures, in the order of the subtasks. */
  readonly failures: readonly WorkerFailure[];
  /** The error of the subtask that failed first. */
  readonly firstError: unknown;
}

/** Delegates every subtask to a worker, a bounded number at a time. */
export class SubtaskRunner {
  private constructor(
    private readonly execution: PatternExecution,
    private readonly supervisor: AgentHandle,
    private readonly subtasks: readonly SplitSubtask[],
    private readonly pool: WorkerPool,
  ) {}

  /** Prepares the run: verifies which workers hold the capabilities that the subtasks name. */
  static async open(
    execution: PatternExecution,
    supervisor: AgentHandle,
    workers: readonly AgentHandle[],
    subtasks: readonly SplitSubtask[],
  ): Promise<SubtaskRunner> {
    const asked = new Set<string>();
    for (const { requiredCapabilities } of subtasks) for (const name of requiredCapabilities) asked.add(name);
    const pool = await WorkerPool.open(execution, workers, asked);
    for (const { agent, reason } of pool.refused) await recordExclusion(execution, supervisor, agent, reason);
    return new SubtaskRunner(execution, supervisor, subtasks, pool);
  }

  /** @throws an error that ends the run, when no subtask is in progress any more. */
  async run(concurrency: number, constraints: readonly string[]): Promise<SubtaskOutcomes> {
    const outcomes = new Array<WorkerResult | WorkerFailure>(this.subtasks.length);
    let firstError: unknown;
    const size = Math.min(concurrency, this.subtasks.length);
    await pooled(this.subtasks.entries(), size, async ([i, subtask]) => {
      const taskId = `${this.execution.taskId}/${i + 1}`;
      const attempt: { worker: AgentHandle | null } = { worker: null };
      try {
        const result = await this.perform(taskId, subtask, constraints, attempt);
        outcomes[i] = { taskId, worker: attempt.worker!.name, result };
      } catch (error) {
        if (endsRun(this.execution, error)) throw error;
        firstError ??= error;
        const failure = { taskId, ...failureOf(attempt.worker, error) };
        await recordFailure(this.execution, this.supervisor, 'worker_failed', failure, error);
        outcomes[i] = failure;
      }
    });
    return {
      results: outcomes.filter((outcome) => 'worker' in outcome),
      failures: outcomes.filter((outcome) => 'code' in outcome),
      firstError,
    };
  }

  /** Has one subtask done by the best worker, or by the next best if that worker is found untrusted before it starts. */
  private async perform(
    taskId: string,
    subtask: SplitSubtask,
    constraints: readonly string[],
    attempt: { worker: AgentHandle | null },
  ): Promise<unknown> {
    for (;;) {
      attempt.worker = null;
      const worker = this.pool.take(subtask.requiredCapabilities);
      attempt.worker = worker;
      try {
        const delegation = await this.execution.delegate(this.supervisor, worker, {
          ...(subtask.requiredCapabilities.length > 0 && { capabilities: subtask.requiredCapabilities }),
          constraints: [...new Set([...constraints, ...subtask.constraints])],
        });
        return await executeSubtask(this.execution, worker, { taskId, input: subtask.input }, { delegation });
      } catch (error) {
        const refusal = refusalOf(worker, error);
        if (refusal === undefined || this.execution.signal.aborted) throw error;
        this.pool.exclude(worker, refusal);
      } finally {
        this.pool.giveBack(worker);
      }
    }
  }
}

/** Records, in the name of the supervisor, that a worker gets no subtask since it is not trusted. */
async function recordExclusion(
  execution: PatternExecution,
  supervisor: AgentHandle,
  worker: AgentHandle,
  reason: string,
): Promise<void> {
  await execution.share(
    supervisor,
    { agent: worker.name, reason },
    {
      action: 'execute',
      details: { event: 'worker_excluded', agent: worker.name },
      result: 'denied',
    },
  );
}

/** The denials that concern the agent itself, whatever the action is. */
const UNTRUSTED =
  /^(NO_CHAIN|REVOKED|EXPIRED|AUTHORITY_UNKNOWN|AUTHORITY_NOT_TRUSTED|AUTHORITY_NOT_PERMITTED|STORE_ROLLED_BACK|STATEMENTS_INVALID|CHAIN_\w+|GENESIS_SIGNATURE_INVALID|CAPABILITY_(SIGNATURE_INVALID|NOT_SUBJECT_BOUND))$/;

/** Returns why a worker was found untrusted before it started; undefined for any other error. */
function refusalOf(worker: AgentHandle, error: unknown): string | undefined {
  if (!(error instanceof EatpError)) return undefined;
  if (error instanceof VerificationDeniedError) {
    return error.agentId === worker.id && UNTRUSTED.test(error.denial.code) ? error.denial.reason : undefined;
  }
  const isChain = error instanceof TrustChainNotFoundError || error instanceof InvalidTrustChainError;
  return isChain && error.evidence.agentId === worker.id ? error.message : undefined;
}
