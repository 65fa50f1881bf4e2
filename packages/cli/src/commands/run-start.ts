import { isEatpError, type OrchestrationResult, TrustAwareOrchestrationRuntime } from '@kaizen-eatp/core';
import { allPatterns } from '@kaizen-eatp/patterns';
import { usage as wrongUsage } from '../errors.js';
import { fields } from '../output/lines.js';
import { usageFields } from '../reading/usage.js';
import { agentsOf } from '../runs/agents.js';
import type { Session } from '../session/session.js';
import type { Outcome } from '../spec/command-spec.js';
import type { Given } from '../spec/given.js';
import { writeFile } from './export.js';

/** Runs agents that are programs, under the guard. */
export async function start(session: Session, given: Given): Promise<Outcome> {
  const trust = await session.trust();
  const agents = await agentsOf(given, trust);
  const runtime = new TrustAwareOrchestrationRuntime({ agents, trust, patterns: allPatterns });
  const [taskId, runId] = [given.text('task'), given.text('run')];
  const timeout = given.duration('timeout');
  const options = {
    pattern: given.text('pattern') ?? 'sequential',
    agents: Object.keys(agents),
    ...(taskId !== undefined && { taskId }),
    ...(runId !== undefined && { runId }),
    ...(timeout !== undefined && { timeout }),
  };
  if (given.flag('durable')) return submit(runtime, given, options);
  try {
    const run = await runtime.execute(inputOf(given), { ...options, signal: session.signal } as never);
    const receipt = given.text('receipt');
    if (receipt !== undefined) await writeFile(receipt, [(await run.receipt()).text]);
    const { result, auditTrail, usage } = run as OrchestrationResult;
    return {
      result: {
        run_id: run.runId,
        task_id: run.taskId,
        status: 'succeeded',
        result: json(result),
        records: auditTrail.length,
        usage,
      },
      lines: [
        typeof result === 'string' ? result : JSON.stringify(json(result)),
        ...fields([
          ['Run', run.runId],
          ['Task', run.taskId],
          ['Records', auditTrail.length],
          ['Receipt', receipt],
          ...usageFields(usage),
        ]),
      ],
    };
  } catch (error) {
    if (!isEatpError(error) || !error.run || session.signal.aborted) throw error;
    const { runId: failed, taskId: task, auditTrail, usage } = error.run;
    return {
      yes: false,
      result: {
        run_id: failed,
        task_id: task,
        status: 'failed',
        error: { code: error.code, message: error.message },
        records: auditTrail.length,
        usage,
      },
      lines: [
        `FAILED: ${error.message}`,
        ...fields([['Run', failed], ['Task', task], ['Records', auditTrail.length], ...usageFields(usage)]),
      ],
    };
  }
}

/** Submits the run: a worker of the deployment executes it. */
async function submit(
  runtime: TrustAwareOrchestrationRuntime,
  given: Given,
  options: object,
): Promise<Outcome> {
  if (given.text('receipt') !== undefined)
    throw wrongUsage('A durable run has no receipt yet', {
      received: '--durable and --receipt',
      remedy: 'Omit --receipt.',
    });
  const run = await runtime.submit(inputOf(given), options as never);
  const { state } = await run.status();
  return {
    result: { run_id: run.runId, status: state },
    lines: [`Run ${run.runId} is ${state}. A worker executes it: kaizen-eatp worker`],
  };
}

function inputOf(given: Given): unknown {
  const text = given.optional(0);
  if (text === undefined) return null;
  try {
    return JSON.parse(text);
  } catch {
    if (!/^\s*[[{"]/.test(text)) return text;
    throw wrongUsage('The input looks like JSON, but cannot be read', { received: `'${text}'` });
  }
}

/** The result of a pattern as JSON; what JSON has no form for is left out. */
const json = (value: unknown): unknown => (value === undefined ? null : JSON.parse(JSON.stringify(value)));
