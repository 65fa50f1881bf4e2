import { type AuditAnchor, auditAnchorCodec, type RunUsage, sumUsage } from '../../chain/index.js';
import type { TrustStore } from '../../store/index.js';

/**
 * Adds up what the agents of a run, and of the runs inside it, reported that they used, from their stored trails.
 *
 * @throws MalformedRecordError if a record cannot be read; StoreError.
 */
export async function usageOfRun(
  store: Pick<TrustStore, 'readTrail' | 'findRuns'>,
  runId: string,
): Promise<RunUsage> {
  const anchors: AuditAnchor[] = [];
  const runs = new Set([runId]);
  // A set yields what is added while it is read.
  for (const run of runs) {
    for (const anchor of await anchorsOf(store, run)) {
      anchors.push(anchor);
      const nested = anchor.context?.nested_runs;
      if (Array.isArray(nested)) for (const id of nested) runs.add(String(id));
    }
    // An act that was interrupted does not name the runs that were started in it.
    for (const inner of await store.findRuns({ parentRunId: run, limit: MOST })) runs.add(inner.runId);
  }
  return sumUsage(anchors);
}

const MOST = 10_000;
const PAGE = 500;

async function anchorsOf(store: Pick<TrustStore, 'readTrail'>, trailId: string): Promise<AuditAnchor[]> {
  const anchors: AuditAnchor[] = [];
  for (let afterSequence = 0; ; ) {
    const page = await store.readTrail(trailId, { afterSequence, limit: PAGE });
    for (const { text, sequence } of page) {
      anchors.push(auditAnchorCodec.decodeText(text));
      afterSequence = sequence;
    }
    if (page.length < PAGE) return anchors;
  }
}
