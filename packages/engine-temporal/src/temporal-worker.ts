import { fileURLToPath } from 'node:url';
import type { EngineWork, EngineWorker } from '@kaizen-eatp/core/durable';
import { notify } from '@kaizen-eatp/core/plugin';
import { DefaultLogger, IllegalStateError, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { connectionOptions } from './connection.js';
import { activitiesOf, BEAT } from './execute-activity.js';
import type { Settings } from './options.js';

// In the built package, and from the source in a test.
const BUNDLE = fileURLToPath(new URL('../dist/run-workflow.bundle.cjs', import.meta.url));

/** Serves runs in this process. @throws the error of the connection, or of Temporal. */
export async function startWorker(settings: Settings, work: EngineWork): Promise<EngineWorker> {
  quieten();
  const connection = await NativeConnection.connect(connectionOptions(settings));
  let running: Promise<void>;
  let worker: Worker;
  try {
    worker = await Worker.create({
      connection,
      namespace: settings.namespace,
      taskQueue: settings.queue,
      workflowBundle: { codePath: BUNDLE },
      activities: activitiesOf(work, settings),
      maxConcurrentActivityTaskExecutions: work.concurrency,
      // A request of a worker that fell silent can still receive a run, and holds it until its heartbeat is missed: so there is
      // one at a time.
      maxConcurrentActivityTaskPolls: 1,
      maxConcurrentWorkflowTaskPolls: 1,
      // A workflow that is bound to a worker which died would wait for it.
      maxCachedWorkflows: 0,
      maxHeartbeatThrottleInterval: BEAT,
      defaultHeartbeatThrottleInterval: BEAT,
      // Core bounds how long a worker drains, and lets the executions go.
      shutdownGraceTime: '3650 days',
    });
    running = worker.run();
  } catch (error) {
    await connection.close().catch(() => undefined);
    throw error;
  }
  const ended = running
    .catch((error: Error) => notify(settings.onError, error))
    .then(() => connection.close())
    .catch(() => undefined);
  return {
    stop: async () => {
      if (worker.getState() === 'RUNNING') worker.shutdown();
      await ended;
    },
  };
}

let isQuiet = false;

/** Temporal's runtime, one per process, would else print its log, and take the signals that end the process for itself. */
function quieten(): void {
  if (isQuiet) return;
  isQuiet = true;
  try {
    Runtime.install({
      logger: new DefaultLogger('ERROR'),
      shutdownSignals: [],
      telemetryOptions: { logging: { filter: 'ERROR' } },
    });
  } catch (error) {
    // The application has installed its own.
    if (!(error instanceof IllegalStateError)) throw error;
  }
}
