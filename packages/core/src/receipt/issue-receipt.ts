import { authorityCodec, humanOriginCodec } from '../chain/index.js';
import { StoreError } from '../errors/index.js';
import { type LedgerEntry, linkHash, TRAIL_START } from '../store/index.js';
import type { Deployment } from '../trust/deployment.js';
import type { Person } from '../trust/persons.js';
import { type ParsedChain, Unreadable } from '../trust/verify/parsed-records.js';
import { canonicalJson, type JsonObject } from '../wire/index.js';
import { RECEIPT_FORMAT, type Receipt } from './receipt.js';

/** The records that a run keeps for its receipt. */
export interface RunRecord {
  /** The run. */
  readonly runId: string;
  /** The task of the run. */
  readonly taskId: string;
  /** The signed anchors, in the order of the trail. */
  readonly anchorTexts: readonly string[];
  /** The delegations of the run, each after those that it was made under. */
  readonly delegations: readonly LedgerEntry[];
  /** The person on whose behalf the run acted. */
  readonly person: Person | undefined;
  /** The chains that the anchors' signatures depend on; the last one signed the run's end. */
  readonly chains: readonly ParsedChain[];
}

/** Makes the receipt of a run, and signs it with the authority of the agent that ended the run. */
export async function issueReceipt(deployment: Deployment, run: RunRecord): Promise<Receipt> {
  const last = run.chains.at(-1);
  if (!last || run.anchorTexts.length === 0) {
    throw new StoreError('STORE_FAILED', `Run ${run.runId} has no trail`, {
      remedy: 'Only a recorded run has a receipt.',
    });
  }
  const chains = [...new Set([...run.chains, ...(await delegatorChains(deployment, run))])];
  const authorities = await deployment.readAuthorities([
    ...new Set(chains.flatMap((chain) => chain.authorityIds)),
  ]);
  const signer = await deployment.signingAuthority(last.chain.genesis.authorityId);
  const content = {
    format: RECEIPT_FORMAT,
    run_id: run.runId,
    task_id: run.taskId,
    issued_at: deployment.timestamp(),
    anchors: run.anchorTexts,
    delegations: run.delegations.map(({ text }) => text),
    bindings: run.delegations.map(({ runId, invocationId, person, nonce }) => ({
      run_id: runId,
      invocation_id: invocationId,
      person,
      nonce,
    })),
    disclosures: run.person ? [disclosureIn(run.person)] : [],
    chains: chains.map((chain) => chain.text),
    authorities: [...authorities.values()].map((authority) => authorityCodec.encodeText(authority)),
    trail_hash: run.anchorTexts.reduce(linkHash, TRAIL_START),
    signer_authority_id: signer.id,
  };
  const signature = await deployment.sign(content, signer);
  return { text: canonicalJson({ ...content, signature }), runId: run.runId, taskId: run.taskId };
}

const disclosureIn = ({ digest, salt, origin }: Person): JsonObject => ({
  digest,
  salt,
  origin: humanOriginCodec.encodeText(origin),
});

/**
 * A chain can hold lasting delegations by agents that took no part in the run. It cannot be verified without their
 * chains.
 */
async function delegatorChains(deployment: Deployment, run: RunRecord): Promise<ParsedChain[]> {
  const ids = new Set<string>();
  for (const { chain } of run.chains)
    for (const delegation of chain.delegations) ids.add(delegation.delegatorId);
  const stored = await deployment.store.readChains([...ids]);
  return stored.flatMap((entry) => {
    const evidence = entry && deployment.chainEvidence(entry);
    return evidence && !(evidence instanceof Unreadable) ? [evidence] : [];
  });
}
