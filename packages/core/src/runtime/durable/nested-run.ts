import { auditAnchorCodec } from '../../chain/index.js';
import type { CallStep } from '../../invocation/call-step.js';
import { issueReceipt } from '../../receipt/issue-receipt.js';
import { ENDED_STATES, type RunJournalRecords, type StoredRun } from '../../store/index.js';
import { usageOfRun } from '../../trust/audit/usage-of-run.js';
import type { Deployment } from '../../trust/deployment.js';
import { ParsedDelegation } from '../../trust/verify/parsed-records.js';
import type { RunRequest } from '../execute-options.js';
import { RunJournal } from '../journal/run-journal.js';
import { type Seal, sealOf } from '../journal/seal.js';
import { settleOutcome } from '../journal/step-outcome.js';
import type { OrchestrationResult } from '../orchestration-result.js';

/**
 * Gives a run that is started inside an invocation of a durable run an id that is the same in every attempt of the
 * invocation, so that it continues from its journal.
 */
export const nestedRequest = (request: RunRequest, step: CallStep | undefined): RunRequest =>
  step && !request.isRunIdGiven ? { ...request, runId: step.nextRunId() } : request;

/**
 * Opens the journal of a run inside an invocation of a durable run. It has the owner of that run, and ends with it.
 *
 * @returns the result instead if an earlier attempt ended the run.
 * @throws the error with which an earlier attempt ended the run; StoreError.
 */
export async function openNestedJournal(
  deployment: Deployment,
  outer: RunJournal,
  request: RunRequest,
): Promise<RunJournal | OrchestrationResult> {
  const { runId, pattern } = request;
  const seal = await sealOf(deployment, runId);
  const records = await deployment.store.readRun(runId);
  if (records && ENDED_STATES.includes(records.run.state))
    return storedResult(deployment, seal, records, request);
  const { store, owner, now } = outer.options;
  const kept = records ?? { run: newRun(deployment, outer.runId, runId, pattern), steps: [], delivered: [] };
  const opening = records ? {} : { opening: [{ op: 'add_run', run: kept.run } as const] };
  const journal = new RunJournal({
    ...{ store, owner, seal, records: kept, now, canSuspend: false },
    ...opening,
  });
  outer.contain(journal);
  return journal;
}

/** It waits for the run around it, which alone is given to workers. */
function newRun(deployment: Deployment, parentRunId: string, runId: string, pattern: string): StoredRun {
  const at = deployment.timestamp();
  const note = `Executed inside run ${parentRunId}.`;
  return {
    ...{ runId, parentRunId, pattern, person: null, state: 'waiting', request: null, outcome: null, note },
    ...{ owner: null, wakeAt: null, cancel: null, submittedAt: at, updatedAt: at },
  };
}

async function storedResult(
  deployment: Deployment,
  seal: Seal,
  { run: { runId, outcome } }: RunJournalRecords,
  { taskId }: RunRequest,
): Promise<OrchestrationResult> {
  const result = outcome === null ? undefined : settleOutcome(seal.open(outcome, 'outcome'));
  const entries = await deployment.store.readTrail(runId);
  const auditTrail = entries.map(({ text }) => auditAnchorCodec.decodeText(text));
  const unenforced = auditTrail.flatMap(({ context }) => (context?.unenforced_constraints ?? []) as string[]);
  const delegations = (await deployment.store.findDelegations({ runId })).flatMap((entry) => {
    const evidence = deployment.delegationEvidence(entry);
    return evidence instanceof ParsedDelegation ? [evidence.record] : [];
  });
  return {
    success: true,
    result,
    runId,
    taskId,
    auditTrail: Object.freeze(auditTrail),
    delegations: Object.freeze(delegations),
    unenforcedConstraints: Object.freeze([...new Set(unenforced)]),
    usage: await usageOfRun(deployment.store, runId),
    receipt: () => issueReceipt(deployment, runId),
  };
}
