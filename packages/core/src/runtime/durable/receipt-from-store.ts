import { auditAnchorCodec } from '../../chain/index.js';
import type { Receipt } from '../../receipt/index.js';
import { issueReceipt } from '../../receipt/issue-receipt.js';
import type { LedgerEntry } from '../../store/index.js';
import type { Deployment } from '../../trust/deployment.js';
import { ParsedChain } from '../../trust/verify/parsed-records.js';
import { storedDelegations } from '../journal/reopen.js';

/**
 * Makes the receipt of a durable run from what is stored. It names the person by pseudonym only.
 *
 * @throws StoreError if nothing is recorded of the run.
 */
export async function receiptFromStore(deployment: Deployment, runId: string): Promise<Receipt> {
  const entries = await deployment.store.readTrail(runId);
  const anchors = entries.map(({ text }) => auditAnchorCodec.decodeText(text));
  const delegations = new Map<string, LedgerEntry>();
  for (const path of (await storedDelegations(deployment, runId)).values())
    for (const entry of [...path].reverse()) delegations.set(entry.delegationId, entry);
  const agentIds = new Set(Array.from(delegations.values(), ({ delegatorId }) => delegatorId));
  // The chain that signed the end comes last.
  for (const { agentId } of anchors) {
    agentIds.delete(agentId);
    agentIds.add(agentId);
  }
  const chains = await deployment.store.readChains([...agentIds]);
  const taskId = anchors.at(-1)?.context?.task_id;
  return issueReceipt(deployment, {
    runId,
    taskId: typeof taskId === 'string' ? taskId : runId,
    anchorTexts: entries.map(({ text }) => text),
    delegations: [...delegations.values()],
    person: undefined,
    chains: chains.flatMap((stored) => {
      const evidence = stored && deployment.chainEvidence(stored);
      return evidence instanceof ParsedChain ? [evidence] : [];
    }),
  });
}
