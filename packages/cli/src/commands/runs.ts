import { userInfo } from 'node:os';
import { isRunTrail } from '@kaizen-eatp/core/checkpoints';
import type { StoredRun } from '@kaizen-eatp/core/store';
import { notFound } from '../errors.js';
import { counted, fields, table } from '../output/lines.js';
import { anchorsOf } from '../reading/anchors.js';
import { type RunSummary, runSummaries } from '../reading/run-summaries.js';
import { readUsage, usageFields } from '../reading/usage.js';
import { durableRun } from '../runs/durable-run.js';
import type { OpenStore } from '../session/open-store.js';
import type { Session } from '../session/session.js';
import { describeEntry, entryJson } from '../siem/printer.js';
import type { Outcome } from '../spec/command-spec.js';
import type { Given } from '../spec/given.js';

const MOST = 10_000;

/** A run: as its trail shows it, and as the queue of durable runs has it. */
type ListedRun = RunSummary & { readonly durable: StoredRun | undefined };

/** Lists runs, the newest first. */
export async function list(session: Session, given: Given): Promise<Outcome> {
  const [state, agent, task] = [given.text('state'), given.text('agent'), given.text('task')];
  const limit = given.count('limit', { least: 1 }) ?? 50;
  const runs = (await allRuns(await session.store()))
    .filter((run) => state === undefined || stateOf(run) === state)
    .filter((run) => agent === undefined || run.agents.includes(agent))
    .filter((run) => task === undefined || run.taskId === task);
  const shown = runs.slice(0, limit);
  return {
    result: { runs: shown.map(toJson), total: shown.length, matching: runs.length },
    lines: [
      `${counted(runs.length, 'run')}${runs.length > shown.length ? `, the newest ${shown.length}` : ''}`,
      ...table(
        ['run', 'state', 'pattern', 'records', 'denied', 'started', 'task'],
        shown.map((run) => [
          run.runId,
          stateOf(run),
          run.durable?.pattern ?? run.pattern ?? '-',
          String(run.entries),
          String(run.denials),
          run.startedAt ?? run.durable?.submittedAt ?? '-',
          run.taskId ?? '-',
        ]),
      ),
    ],
  };
}

/** Shows one run and its records. */
export async function show(session: Session, given: Given): Promise<Outcome> {
  const store = await session.store();
  const run = await findRun(store, given.argument(0));
  const entries = [];
  for await (const entry of anchorsOf(store, run.runId)) entries.push(entry);
  const usage = await readUsage(store, run.runId);
  return {
    result: { ...toJson(run), usage: usage ?? null, records: entries.map(entryJson) },
    lines: [
      `Run ${run.runId}`,
      ...fields([
        ['State', stateOf(run)],
        ['Note', run.durable?.note],
        ['Pattern', run.durable?.pattern ?? run.pattern],
        ['Task', run.taskId],
        ['Submitted', run.durable?.submittedAt],
        ['Started', run.startedAt],
        ['Ended', run.endedAt],
        ['Continues', run.durable?.wakeAt],
        ['Agents', run.agents.join(', ') || undefined],
        ['Denied', run.denials],
        ...usageFields(usage),
      ]),
      ...entries.map(describeEntry),
    ],
  };
}

/** Requests that a durable run be cancelled. */
export async function cancel(session: Session, given: Given): Promise<Outcome> {
  const runId = given.argument(0);
  const run = await durable(session, runId);
  await session.confirm(given, `Cancel run ${runId}?`);
  const reason = given.text('reason');
  await run.cancel({
    by: given.text('by') ?? userInfo().username,
    ...(reason !== undefined && { reason }),
  });
  return {
    result: { run_id: runId, status: 'cancel_requested' },
    lines: [`The cancellation of run ${runId} was requested. A worker records its end.`],
  };
}

/** Continues a durable run that waits or is withheld. */
export async function resume(session: Session, given: Given): Promise<Outcome> {
  const runId = given.argument(0);
  const run = await durable(session, runId);
  await run.resume();
  const { state } = await run.status();
  return { result: { run_id: runId, state }, lines: [`Run ${runId} is ${state}.`] };
}

async function durable(session: Session, runId: string) {
  const run = durableRun(await session.trust(), runId);
  await run.status();
  return run;
}

async function allRuns(store: OpenStore): Promise<ListedRun[]> {
  const queued = await store.findRuns({ limit: MOST });
  const byId = new Map(queued.map((run) => [run.runId, run]));
  const seen = await runSummaries(store);
  const found: ListedRun[] = seen.map((run) => ({ ...run, durable: byId.get(run.runId) }));
  const known = new Set(seen.map(({ runId }) => runId));
  for (const run of queued)
    if (!known.has(run.runId)) found.push({ ...withoutRecords(run.runId), durable: run });
  const start = ({ startedAt, durable: run }: ListedRun): string => startedAt ?? run?.submittedAt ?? '';
  return found.sort((a, b) => (start(a) < start(b) ? 1 : -1));
}

/** @throws CliError `RECORD_NOT_FOUND`. */
async function findRun(store: OpenStore, runId: string): Promise<ListedRun> {
  const found = isRunTrail(runId) ? (await allRuns(store)).find((run) => run.runId === runId) : undefined;
  if (found) return found;
  throw notFound('run', runId, 'List the runs: kaizen-eatp run list');
}

const withoutRecords = (runId: string): RunSummary => ({
  runId,
  taskId: null,
  pattern: null,
  state: 'running',
  startedAt: null,
  endedAt: null,
  entries: 0,
  denials: 0,
  agents: [],
});

const stateOf = (run: ListedRun): string => run.durable?.state ?? run.state;

const toJson = (run: ListedRun): object => ({
  run_id: run.runId,
  state: stateOf(run),
  durable: run.durable !== undefined,
  note: run.durable?.note ?? null,
  pattern: run.durable?.pattern ?? run.pattern,
  task_id: run.taskId,
  submitted_at: run.durable?.submittedAt ?? null,
  started_at: run.startedAt,
  ended_at: run.endedAt,
  entries: run.entries,
  denials: run.denials,
  agents: run.agents,
});
