import { userInfo } from 'node:os';
import { isRunTrail } from '@kaizen-eatp/core/checkpoints';
import { ENDED_STATES, type StoredRun } from '@kaizen-eatp/core/store';
import { notFound } from '../errors.js';
import { fields } from '../output/lines.js';
import { anchorsOf, type PlacedAnchor } from '../reading/anchors.js';
import { noRecords, type RunSummary, withRecord } from '../reading/run-summaries.js';
import { readUsage, usageFields } from '../reading/usage.js';
import { durableRun } from '../runs/durable-run.js';
import type { OpenStore } from '../session/open-store.js';
import type { Session } from '../session/session.js';
import { describeEntry, entryJson } from '../siem/printer.js';
import type { Outcome } from '../spec/command-spec.js';
import type { Given } from '../spec/given.js';

/** A run: as its trail shows it, and as the queue of durable runs has it. */
type FoundRun = RunSummary & {
  readonly durable: StoredRun | undefined;
  readonly records: readonly PlacedAnchor[];
};

/** Shows one run and its records. */
export async function show(session: Session, given: Given): Promise<Outcome> {
  const store = await session.store();
  const run = await findRun(store, given.argument(0));
  const usage = await readUsage(store, run.runId);
  return {
    result: { ...toJson(run), usage: usage ?? null, records: run.records.map(entryJson) },
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
      ...run.records.map(describeEntry),
    ],
  };
}

/** Requests that a durable run be cancelled. The answer for one that has ended is no. */
export async function cancel(session: Session, given: Given): Promise<Outcome> {
  const runId = given.argument(0);
  const run = await durable(session, runId);
  const { state } = await run.status();
  if (ENDED_STATES.includes(state))
    return {
      yes: false,
      result: { run_id: runId, status: 'ended', state },
      lines: [`Run ${runId} has ended already: ${state}. Nothing was cancelled.`],
    };
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

/** Reads one run from its records. @throws CliError `RECORD_NOT_FOUND`. */
async function findRun(store: OpenStore, runId: string): Promise<FoundRun> {
  if (!isRunTrail(runId)) throw notFound('run', runId, 'List the runs: kaizen-eatp run list');
  let run: RunSummary | undefined;
  const entries: PlacedAnchor[] = [];
  for await (const entry of anchorsOf(store, runId)) {
    entries.push(entry);
    run = withRecord(run, entry);
  }
  const [durable] = await store.findRuns({ runIds: [runId], limit: 1 });
  if (!run && !durable) throw notFound('run', runId, 'List the runs: kaizen-eatp run list');
  return { ...(run ?? noRecords(runId)), durable, records: entries };
}

const stateOf = (run: FoundRun): string => run.durable?.state ?? run.state;

const toJson = (run: FoundRun): object => ({
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
