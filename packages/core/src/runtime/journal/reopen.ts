import type { AuditAnchor } from '../../chain/index.js';
import type { LedgerEntry } from '../../store/index.js';
import { actsInDoubt } from '../../trust/audit/acts-in-doubt.js';
import { intentContext } from '../../trust/audit/intent-context.js';
import type { RunTrail } from '../../trust/audit/run-trail.js';
import type { Deployment } from '../../trust/deployment.js';
import type { RunJournal } from './run-journal.js';

/**
 * Continues the trail of a run behind what is stored, and closes the intents that the last owner left open: their acts may
 * have been done, so that their outcome is unknown.
 */
export async function reopenTrail(
  deployment: Deployment,
  journal: RunJournal,
  trail: RunTrail,
): Promise<void> {
  const { store } = deployment;
  const { runId } = journal;
  const entries = await store.readTrail(runId);
  if (entries.length > 0) trail.resume(entries);
  const prefix = `${runId}/`;
  const note = (invocationId: unknown, action: string, inputDigest: unknown): void => {
    if (typeof invocationId !== 'string' || !invocationId.startsWith(prefix)) return;
    const digest = typeof inputDigest === 'string' ? inputDigest : null;
    journal.history.noteInterruption(invocationId.slice(prefix.length), { action, inputDigest: digest });
  };
  for (const { action, context } of trail.anchors as readonly AuditAnchor[]) {
    if (context?.outcome === 'unknown') note(context.invocation_id, action, context.input_digest);
  }
  for (const intent of await actsInDoubt(deployment, runId)) {
    const { invocationId, agentId, action, resource } = intent;
    const context = { ...intentContext(intent), outcome: 'unknown' };
    await trail.append(
      { agentId, action, resource, result: 'partial', context },
      { closesIntent: { invocationId, agentId } },
    );
    note(invocationId, action, intent.inputDigest);
  }
}

/** The delegations that were made in the run before, by id. */
export async function storedDelegations(
  { store }: Deployment,
  runId: string,
): Promise<ReadonlyMap<string, readonly LedgerEntry[]>> {
  const entries = await store.findDelegations({ runId });
  const byId = new Map(entries.map((entry) => [entry.delegationId, entry]));
  const paths = new Map<string, readonly LedgerEntry[]>();
  for (const entry of entries) {
    const path: LedgerEntry[] = [];
    let parent: string | null = entry.delegationId;
    for (let at = byId.get(parent); at; at = parent === null ? undefined : byId.get(parent)) {
      path.push(at);
      parent = at.parentDelegationId;
    }
    // A delegation of an outer run is above it.
    if (parent !== null) path.push(...(await store.readDelegationPath(parent)));
    paths.set(entry.delegationId, path);
  }
  return paths;
}
