import { authorityCodec } from '../chain/index.js';
import { StoreError } from '../errors/index.js';
import { type ChainEvidence, Unreadable } from '../operations/chain-evidence.js';
import type { Kernel } from '../operations/kernel.js';
import { linkHash, TRAIL_START } from '../store/index.js';
import { canonicalJson } from '../wire/index.js';
import { RECEIPT_FORMAT, type Receipt } from './receipt.js';

/** What a run remembers for its receipt. */
export interface RunRecord {
  readonly runId: string;
  readonly taskId: string;
  /** In order. */
  readonly anchorTexts: readonly string[];
  /** In order. */
  readonly delegationTexts: readonly string[];
  /** The chains on whose strength the anchors were signed; the last signed the run's end. */
  readonly chains: readonly ChainEvidence[];
}

/** Puts a run's proof together and signs it with the authority of whoever ended the run. */
export async function issueReceipt(kernel: Kernel, run: RunRecord): Promise<Receipt> {
  const last = run.chains.at(-1);
  if (!last || run.anchorTexts.length === 0) {
    throw new StoreError('STORE_FAILED', `Run ${run.runId} has no trail`, {
      remedy: 'Only a recorded run has a receipt.',
    });
  }
  const chains = [...new Set([...run.chains, ...(await delegatorChains(kernel, run))])];
  const authorities = await kernel.readAuthorities([
    ...new Set(chains.flatMap((chain) => chain.authorityIds)),
  ]);
  const signer = await kernel.signingAuthority(last.chain.genesis.authorityId);
  const content = {
    format: RECEIPT_FORMAT,
    run_id: run.runId,
    task_id: run.taskId,
    issued_at: kernel.timestamp(),
    anchors: run.anchorTexts,
    delegations: run.delegationTexts,
    chains: chains.map((chain) => chain.text),
    authorities: [...authorities.values()].map((authority) => authorityCodec.encodeText(authority)),
    trail_hash: run.anchorTexts.reduce(linkHash, TRAIL_START),
    signer_authority_id: signer.id,
  };
  const signature = await kernel.sign(content, signer);
  return { text: canonicalJson({ ...content, signature }), runId: run.runId, taskId: run.taskId };
}

/** A chain may hold lasting delegations of agents that took no part; without their chains it cannot be judged. */
async function delegatorChains(kernel: Kernel, run: RunRecord): Promise<ChainEvidence[]> {
  const ids = new Set<string>();
  for (const { chain } of run.chains)
    for (const delegation of chain.delegations) ids.add(delegation.delegatorId);
  const stored = await kernel.store.readChains([...ids]);
  return stored.flatMap((entry) => {
    const evidence = entry && kernel.chainEvidence(entry);
    return evidence && !(evidence instanceof Unreadable) ? [evidence] : [];
  });
}
