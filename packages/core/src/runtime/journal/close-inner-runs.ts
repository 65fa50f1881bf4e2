import type { AuditAnchor } from '../../chain/index.js';
import type { StoredRun } from '../../store/index.js';
import { actsInDoubt } from '../../trust/audit/acts-in-doubt.js';
import { intentContext } from '../../trust/audit/intent-context.js';
import { RunTrail } from '../../trust/audit/run-trail.js';
import type { Deployment } from '../../trust/deployment.js';
import type { JsonObject } from '../../wire/index.js';
import type { RunJournal } from './run-journal.js';

const OPEN = ['queued', 'running', 'waiting', 'withheld'] as const;
const MESSAGE = 'The run around it ended before it could be continued.';

/**
 * Ends the runs inside a durable run that will not be continued: the process died while they were in progress, and the
 * agents that started them are not called again.
 */
export async function closeInnerRuns(deployment: Deployment, journal: RunJournal): Promise<void> {
  if (!journal.hasInnerRuns) return;
  const inner = await deployment.store.findRuns({ parentRunId: journal.runId, states: OPEN, limit: 10_000 });
  for (const run of inner) await close(deployment, journal, run);
}

async function close(
  deployment: Deployment,
  journal: RunJournal,
  { runId, pattern }: StoredRun,
): Promise<void> {
  const { store } = deployment;
  const at = deployment.timestamp();
  const state = { state: 'failed', outcome: null, note: MESSAGE, wakeAt: null, at } as const;
  const ended = { op: 'set_run_state', runId, ...state } as const;
  const entries = await store.readTrail(runId);
  const trail = new RunTrail(deployment, runId, undefined, journal.committer);
  trail.resume(entries);
  for (const intent of await actsInDoubt(deployment, runId)) {
    const { invocationId, agentId, action, resource } = intent;
    const context = { ...intentContext(intent), outcome: 'unknown' };
    await trail.append(
      { agentId, action, resource, result: 'partial', context },
      { closesIntent: { invocationId, agentId } },
    );
  }
  const last = trail.anchors.at(-1);
  const closing = [{ op: 'close_delegations', runId } as const, ended];
  if (!last) return journal.committer.commit(closing);
  const delegations = (await store.findDelegations({ runId })).length;
  await trail.append(
    {
      agentId: leaderOf(trail.anchors),
      action: 'orchestration_failed',
      result: 'failure',
      context: {
        ...placeOf(last),
        ...{ pattern, entries: trail.length + 1, delegations, outcome: 'failure' },
        error: { code: 'RUN_SUSPENDED', message: MESSAGE },
      },
    },
    { with: closing },
  );
}

/** The first agent that acted by its own right, or else the first that acted. */
const leaderOf = (anchors: readonly AuditAnchor[]): string =>
  (anchors.find(({ context }) => context?.delegation_id === null) ?? (anchors[0] as AuditAnchor)).agentId;

function placeOf({ context }: AuditAnchor): JsonObject {
  const names = ['task_id', 'initiator_id', 'person', 'outer_run', 'outer_invocation'];
  return Object.fromEntries(
    names.flatMap((name) => (context?.[name] === undefined ? [] : [[name, context[name]]])),
  ) as JsonObject;
}
