import type { EngineWork, EngineWorker, RunEngine } from '@kaizen-eatp/core/durable';
import { describeThrown, StoreError } from '@kaizen-eatp/core/errors';
import { Client, Connection } from '@temporalio/client';
import { connectionOptions } from './connection.js';
import { type Settings, settingsOf, type TemporalEngineOptions } from './options.js';
import { type RunTicket, WAKE, WORKFLOW } from './ticket.js';

/** How long a request to the service may take, in milliseconds. */
const PATIENCE = 10_000;
/** The ends of a workflow after which no worker executes its run. */
const DEAD = ['FAILED', 'TERMINATED', 'TIMED_OUT', 'CANCELLED'];

/**
 * Gives durable runs to workers on many machines, by a Temporal service. Each run is a workflow, which executes it by one
 * activity at a time. Temporal keeps the id of the run and nothing that it does; the journal is in the trust store.
 */
export class TemporalEngine implements RunEngine {
  readonly #connection: Connection;
  readonly #client: Client;
  readonly #settings: Settings;

  /**
   * Connects to the service.
   *
   * @throws InvalidArgumentError for an option; StoreError `STORE_FAILED` if the service or the namespace cannot be used.
   */
  static async open(options: TemporalEngineOptions): Promise<TemporalEngine> {
    const settings = settingsOf(options);
    let connection: Connection | undefined;
    try {
      connection = await Connection.connect({ ...connectionOptions(settings), connectTimeout: PATIENCE });
      await connection.workflowService.describeNamespace({ namespace: settings.namespace });
      return new TemporalEngine(connection, settings);
    } catch (error) {
      await connection?.close().catch(() => undefined);
      throw failed(error);
    }
  }

  private constructor(connection: Connection, settings: Settings) {
    this.#connection = connection;
    this.#client = new Client({ connection, namespace: settings.namespace });
    this.#settings = settings;
  }

  /** Starts the workflow of a run, or wakes it. @throws StoreError `STORE_FAILED`. */
  async enqueue(runId: string): Promise<void> {
    const { queue, heartbeatSeconds, retryLimit } = this.#settings;
    const ticket: RunTicket = { runId, heartbeatSeconds, retryLimit };
    await this.#request(() =>
      this.#client.workflow.signalWithStart(WORKFLOW, {
        workflowId: `${queue}/${runId}`,
        taskQueue: queue,
        args: [ticket],
        signal: WAKE,
        signalArgs: [],
      }),
    );
  }

  /** Serves runs in this process. @throws StoreError `STORE_FAILED`. */
  async work(work: EngineWork): Promise<EngineWorker> {
    // A process that only submits runs does not load the native part.
    const { startWorker } = await import('./temporal-worker.js');
    try {
      return await startWorker(this.#settings, work);
    } catch (error) {
      throw failed(error);
    }
  }

  /**
   * Lists the ids of the runs that failed or killed every worker that executed them, and those whose workflow was ended in
   * Temporal. They stay as they are in the trust store; `resume()` of the run starts another workflow.
   *
   * @throws StoreError `STORE_FAILED`.
   */
  async deadRuns(): Promise<string[]> {
    const { queue } = this.#settings;
    const query = `WorkflowType = '${WORKFLOW}' AND TaskQueue = '${queue}' AND ExecutionStatus IN ('Failed', 'Terminated', 'TimedOut', 'Canceled')`;
    return this.#request(async () => {
      const ids = new Set<string>();
      for await (const { workflowId } of this.#client.workflow.list({ query })) ids.add(workflowId);
      const dead: string[] = [];
      for (const id of ids) {
        // Its run may have been started again since.
        const { status } = await this.#client.workflow.getHandle(id).describe();
        if (DEAD.includes(status.name)) dead.push(id.slice(queue.length + 1));
      }
      return dead;
    });
  }

  /** Closes the connection. Stop the workers first. */
  async close(): Promise<void> {
    await this.#connection.close();
  }

  async #request<T>(request: () => Promise<T>): Promise<T> {
    try {
      return await this.#client.withDeadline(Date.now() + PATIENCE, request);
    } catch (error) {
      throw failed(error);
    }
  }
}

function failed(error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  return new StoreError('STORE_FAILED', 'The Temporal service of durable runs failed', {
    received: describeThrown(error),
    remedy: 'Check the service at `address`, that `namespace` exists there, and the rights of this process.',
    evidence: { retryable: true, outcome: 'unknown' },
    cause: error,
  });
}
