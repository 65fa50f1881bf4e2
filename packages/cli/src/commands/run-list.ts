import type { ActionResult } from '@kaizen-eatp/core';
import type { DurableRunState, ListedRun } from '@kaizen-eatp/core/store';
import { counted, table } from '../output/lines.js';
import type { Session } from '../session/session.js';
import type { Outcome } from '../spec/command-spec.js';
import type { Given } from '../spec/given.js';

/** The most runs of a page. */
const MOST = 1_000;

/** Lists a page of runs, the newest first. */
export async function list(session: Session, given: Given): Promise<Outcome> {
  const limit = given.count('limit', { least: 1, most: MOST }) ?? 50;
  const [since, until] = [given.moment('since', Date.now()), given.moment('until', Date.now())];
  const criteria = {
    state: given.text('state') as DurableRunState | undefined,
    agentId: given.text('agent'),
    taskId: given.text('task'),
    pattern: given.text('pattern'),
    person: given.text('person'),
    action: given.text('action'),
    result: given.text('result') as ActionResult | undefined,
    since,
    until,
    cursor: given.text('cursor'),
  };
  const wanted = Object.fromEntries(Object.entries(criteria).filter(([, value]) => value !== undefined));
  const { runs, next } = await (await session.store()).listRuns({ limit, ...wanted });
  return {
    result: { runs: runs.map(toJson), next },
    lines: [
      counted(runs.length, 'run'),
      ...table(
        ['run', 'state', 'pattern', 'records', 'denied', 'started', 'task'],
        runs.map((run) => [
          run.runId,
          run.state,
          run.pattern ?? '-',
          String(run.records),
          String(run.denials),
          run.startedAt ?? run.submittedAt ?? '-',
          run.taskId ?? '-',
        ]),
      ),
      ...(next === null ? [] : [`There are older runs: repeat the command with --cursor ${next}`]),
    ],
  };
}

const toJson = (run: ListedRun): object => ({
  run_id: run.runId,
  state: run.state,
  durable: run.isDurable,
  pattern: run.pattern,
  task_id: run.taskId,
  submitted_at: run.submittedAt,
  started_at: run.startedAt,
  ended_at: run.endedAt,
  entries: run.records,
  denials: run.denials,
  agents: run.agents,
});
