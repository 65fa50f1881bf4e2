import { type AuditAnchor, auditAnchorCodec, usageIn } from '../../chain/index.js';
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
  const pathOf = await delegationPaths(store, anchors);
  for (const anchor of anchors) {
    const { agentId, context, timestamp } = anchor;
    const { invocation_id: id, outcome, started_at: startedAt } = context ?? {};
    if (typeof id !== 'string' || outcome === 'denied') continue;
    const isOfPattern = !isInner && !id.slice(runId.length).includes('.');
    // The clock of another machine can be behind.
    const time =
      isOfPattern && typeof startedAt === 'string'
        ? Math.max(0, timestampToMillis(timestamp) - timestampToMillis(startedAt))
        : 0;
    const usage = usageIn(anchor);
    budget.restore({ ...usage, calls: 1, time }, [...pathOf(context?.delegation_id), agentId]);
    budget.reported.add(agentId, usage);
  }
  for (const { runId: inner } of await store.findRuns({ parentRunId: runId, limit: 10_000 })) {
    const trail = await store.readTrail(inner);
    const decoded = trail.map(({ text }) => auditAnchorCodec.decodeText(text));
    await restoreUsage(store, inner, decoded, budget, true);
  }
}

/** The delegations of each act with those above them, which runs around the run, or chains, can hold. */
async function delegationPaths(
  store: TrustStore,
  anchors: readonly AuditAnchor[],
): Promise<(delegationId: unknown) => readonly string[]> {
  const used = anchors.map(({ context }) => context?.delegation_id).filter((id) => typeof id === 'string');
  const ids = [...new Set(used)];
  const { delegationPaths: paths } = ids.length > 0 ? await store.read({ delegationPaths: ids }) : NO_PATHS;
  const byId = new Map(ids.map((id, i) => [id, paths[i]?.map((entry) => entry.delegationId) ?? []]));
  return (id) => (typeof id === 'string' ? (byId.get(id) ?? []) : []);
}

const NO_PATHS = { delegationPaths: [] };
