import type { EngineWork, EngineWorker, RunEngine } from '@kaizen-eatp/core/durable';
import { describeThrown, StoreError } from '@kaizen-eatp/core/errors';
import { notify } from '@kaizen-eatp/core/plugin';
import { type JobWithMetadata, PgBoss } from 'pg-boss';
import { type PostgresEngineOptions, type Settings, settingsOf } from './options.js';

const DAY = 86_400;

/** The content of a job. */
interface RunOfQueue {
  readonly runId: string;
}

/**
 * Gives durable runs to workers on many machines, by a queue of pg-boss in the database of the trust store. A run has one
 * owner at a time. A worker that dies or falls silent loses its runs to others, and can write nothing more: the store
 * checks the ownership in every commit, under the lock of the row that a take-over needs.
 */
export class PostgresEngine implements RunEngine {
  readonly #boss: PgBoss;
  readonly #settings: Settings;

  /**
   * Connects, and makes the queue if it is missing.
   *
   * @throws InvalidArgumentError for an option; StoreError `STORE_FAILED` if the database cannot be used.
   */
  static async open(options: PostgresEngineOptions): Promise<PostgresEngine> {
    const settings = settingsOf(options);
    const boss = new PgBoss({
      connectionString: settings.connectionString,
      schema: settings.schema,
      superviseIntervalSeconds: settings.superviseSeconds,
      monitorIntervalSeconds: settings.superviseSeconds,
      schedule: false,
      useListenNotify: settings.push,
      application_name: 'kaizen-eatp:runs',
    });
    boss.on('error', (error) => void notify(settings.onError, error));
    try {
      await boss.start();
      await makeQueues(boss, settings);
      await expectColumns(boss, settings.schema);
    } catch (error) {
      await boss.stop({ graceful: false }).catch(() => undefined);
      throw failed(error);
    }
    return new PostgresEngine(boss, settings);
  }

  private constructor(boss: PgBoss, settings: Settings) {
    this.#boss = boss;
    this.#settings = settings;
  }

  /** Puts a run into the queue, unless it is there already. @throws StoreError `STORE_FAILED`. */
  async enqueue(runId: string): Promise<void> {
    try {
      await this.#boss.send(this.#settings.queue, { runId }, { singletonKey: runId });
    } catch (error) {
      throw failed(error);
    }
  }

  /** Serves runs in this process. @throws StoreError `STORE_FAILED`. */
  async work({ concurrency, execute }: EngineWork): Promise<EngineWorker> {
    const { schema, queue, heartbeatSeconds } = this.#settings;
    const executing = new Set<Promise<unknown>>();
    const serve = async (job: JobWithMetadata<RunOfQueue>): Promise<void> => {
      const token = ['pgboss', schema, queue, job.id, job.retryCount].join('/');
      await execute({ runId: job.data.runId, token, signal: job.signal });
    };
    const options = {
      includeMetadata: true as const,
      localConcurrency: concurrency,
      pollingIntervalSeconds: 1,
      notifyPollingIntervalSeconds: 1,
      heartbeatRefreshSeconds: heartbeatSeconds / 4,
    };
    const workId = await this.#boss.work<RunOfQueue>(queue, options, async ([job]) => {
      if (!job) return;
      const execution = serve(job as JobWithMetadata<RunOfQueue>);
      executing.add(execution);
      try {
        // A failure is thrown, so that the queue gives the run to the next worker.
        await execution;
      } finally {
        executing.delete(execution);
      }
    });
    return {
      stop: async () => {
        await this.#boss.offWork(queue, { id: workId, wait: false });
        await Promise.allSettled(executing);
      },
    };
  }

  /** Lists the ids of the runs that killed every worker that executed them. They stay as they are in the trust store. */
  async deadRuns(): Promise<string[]> {
    try {
      const jobs = await this.#boss.findJobs<RunOfQueue>(deadQueue(this.#settings));
      return jobs.map(({ data }) => data.runId);
    } catch (error) {
      throw failed(error);
    }
  }

  /** Closes the connections. Stop the workers first. */
  async close(): Promise<void> {
    await this.#boss.stop({ graceful: false });
  }
}

const deadQueue = ({ queue }: Settings): string => `${queue}_dead`;

async function makeQueues(boss: PgBoss, settings: Settings): Promise<void> {
  const { queue, heartbeatSeconds, retryLimit, push } = settings;
  const dead = deadQueue(settings);
  if (!(await boss.getQueue(dead))) await boss.createQueue(dead, { retentionSeconds: 365 * DAY });
  const options = {
    policy: 'stately' as const,
    notify: push,
    heartbeatSeconds,
    retryLimit,
    retryDelay: 0,
    expireInSeconds: DAY - 1,
    retentionSeconds: 365 * DAY,
    deleteAfterSeconds: 3_600,
    deadLetter: dead,
  };
  if (!(await boss.getQueue(queue))) await boss.createQueue(queue, options);
}

/** The store reads these columns of the queue in its own commits. */
async function expectColumns(boss: PgBoss, schema: string): Promise<void> {
  const { rows } = await boss
    .getDb()
    .executeSql(
      `SELECT column_name FROM information_schema.columns WHERE table_schema = $1 AND table_name = 'job'`,
      [schema],
    );
  const names = new Set(rows.map((row: { column_name: string }) => row.column_name));
  const missing = ['name', 'id', 'state', 'retry_count'].filter((name) => !names.has(name));
  if (missing.length === 0) return;
  throw new StoreError('STORE_FAILED', 'The queue has another form than this engine knows', {
    expected: `the columns ${missing.join(', ')} in ${schema}.job`,
    received: 'a table without them',
    remedy: 'Install the version of pg-boss that @kaizen-eatp/engine-postgres names.',
    evidence: { retryable: false, outcome: 'nothing_written' },
  });
}

function failed(error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  return new StoreError('STORE_FAILED', 'The queue of durable runs failed', {
    received: describeThrown(error),
    remedy: 'Check the database that `connectionString` names.',
    evidence: { retryable: true, outcome: 'unknown' },
    cause: error,
  });
}
