import { isRunTrail } from '@kaizen-eatp/core/checkpoints';
import type { OpenStore } from '../session/open-store.js';
import { anchorsOf, isEnd, type PlacedAnchor, taskOf, textMember } from './anchors.js';

/** A run as its trail shows it. */
export interface RunSummary {
  /** The id of the run and of its trail. */
  readonly runId: string;
  /** The task of the run. */
  readonly taskId: string | null;
  /** The name of the pattern; null while the run is in progress. */
  readonly pattern: string | null;
  /** The state of the run. */
  readonly state: 'running' | 'succeeded' | 'failed';
  /** The time of the first record. */
  readonly startedAt: string | null;
  /** The time of the last record of an ended run. */
  readonly endedAt: string | null;
  /** The number of records. */
  readonly entries: number;
  /** The number of denials. */
  readonly denials: number;
  /** The agents that acted or were denied. */
  readonly agents: readonly string[];
}

/** Reads all runs that have a record. */
export async function runSummaries(store: OpenStore): Promise<RunSummary[]> {
  const runs = new Map<string, RunSummary>();
  for await (const placed of anchorsOf(store, undefined)) {
    if (!isRunTrail(placed.trailId)) continue;
    runs.set(placed.trailId, withRecord(runs.get(placed.trailId), placed));
  }
  return [...runs.values()];
}

/** Returns the summary of a run without a record. */
export const noRecords = (runId: string): RunSummary => ({
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

/** Returns the summary of a run with one more record. */
export function withRecord(before: RunSummary | undefined, { trailId, anchor }: PlacedAnchor): RunSummary {
  const run = before ?? noRecords(trailId);
  if (!anchor) return { ...run, entries: run.entries + 1 };
  const ends = isEnd(anchor);
  return {
    ...run,
    taskId: run.taskId ?? taskOf(anchor) ?? null,
    pattern: ends ? (textMember(anchor, 'pattern') ?? run.pattern) : run.pattern,
    state: ends ? (anchor.action === 'orchestration_complete' ? 'succeeded' : 'failed') : run.state,
    startedAt: run.startedAt ?? anchor.timestamp,
    endedAt: ends ? anchor.timestamp : run.endedAt,
    entries: run.entries + 1,
    denials: run.denials + (anchor.result === 'denied' ? 1 : 0),
    agents: run.agents.includes(anchor.agentId) ? run.agents : [...run.agents, anchor.agentId],
  };
}
