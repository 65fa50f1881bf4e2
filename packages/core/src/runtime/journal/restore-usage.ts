import { type AuditAnchor, auditAnchorCodec } from '../../chain/index.js';
import type { RunBudget } from '../../invocation/budget.js';
import type { TrustStore } from '../../store/index.js';
import { timestampToMillis } from '../../wire/index.js';

/** Counts what earlier executions of a run used, from its signed trail and from those of the runs inside it. */
export async function restoreUsage(
  store: TrustStore,
  runId: string,
  anchors: readonly AuditAnchor[],
  budget: RunBudget,
  isInner: boolean,
): Promise<void> {
  const entries = await store.findDelegations({ runId });
  const parents = new Map(entries.map((entry) => [entry.delegationId, entry.parentDelegationId]));
  for (const { agentId, context, timestamp } of anchors) {
    const {
      invocation_id: id,
      delegation_id: delegationId,
      outcome,
      usage,
      started_at: startedAt,
    } = context ?? {};
    if (typeof id !== 'string' || outcome === 'denied') continue;
    const holders: string[] = [];
    for (let at = delegationId as string | null | undefined; at; at = parents.get(at)) holders.push(at);
    const isOfPattern = !isInner && !id.slice(runId.length).includes('.');
    const time =
      isOfPattern && typeof startedAt === 'string'
        ? timestampToMillis(timestamp) - timestampToMillis(startedAt)
        : 0;
    const used = { ...(usage as { tokens?: number; cost?: number } | undefined), calls: 1, time };
    budget.restore(used, holders.length > 0 ? holders : [agentId]);
  }
  for (const { runId: inner } of await store.findRuns({ parentRunId: runId, limit: 10_000 })) {
    const trail = await store.readTrail(inner);
    const decoded = trail.map(({ text }) => auditAnchorCodec.decodeText(text));
    await restoreUsage(store, inner, decoded, budget, true);
  }
}
