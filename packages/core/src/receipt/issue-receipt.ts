import { type Authority, authorityCodec } from '../chain/index.js';
import { isEatpError } from '../errors/index.js';
import { linkHash, TRAIL_START } from '../store/index.js';
import { checkpointEvidence } from '../trust/checkpoint/evidence.js';
import type { Deployment } from '../trust/deployment.js';
import { canonicalJson, type JsonObject } from '../wire/index.js';
import { RECEIPT_FORMAT, type Receipt, type ReceiptCheckpoint } from './receipt.js';
import { checkpointFor } from './receipt-checkpoints.js';
import type { ReceiptOptions } from './receipt-of-options.js';
import { collectEvidence, type RunEvidence } from './run-evidence.js';

/**
 * Makes the receipt of an ended run from the store: in any process, at any later time. Every record in it is signed by
 * itself. The receipt as a whole is signed by the authority of the agent that ended the run; where that authority was
 * deactivated, or its key is not in this process, by another authority of the receipt, or else not at all.
 *
 * @throws InvalidArgumentError if the store has no run of this id, or if the run has not ended.
 */
export async function issueReceipt(
  deployment: Deployment,
  runId: string,
  { checkpoint }: ReceiptOptions = {},
): Promise<Receipt> {
  const run = await collectEvidence(deployment, runId);
  const authorities = await deployment.readAuthorities([
    ...new Set(run.chains.flatMap((chain) => chain.authorityIds)),
  ]);
  const signer = await findSigner(deployment, run, authorities);
  const content = {
    format: RECEIPT_FORMAT,
    run_id: runId,
    task_id: run.taskId,
    issued_at: deployment.timestamp(),
    anchors: run.entries.map(({ text }) => text),
    delegations: run.delegations.map(({ text }) => text),
    bindings: run.delegations.map(({ runId: madeIn, invocationId, person, nonce }) => ({
      run_id: madeIn,
      invocation_id: invocationId,
      person,
      nonce,
    })),
    disclosures: run.disclosures.map(({ digest, salt, text }) => ({ digest, salt, origin: text })),
    chains: run.chains.map(({ text }) => text),
    authorities: [...authorities.values()].map((authority) => authorityCodec.encodeText(authority)),
    key_statements: await keyStatements(deployment, [...authorities.keys()]),
    checkpoints: await checkpointsFor(deployment, checkpoint, run, runId),
    trail_hash: run.entries.map(({ text }) => text).reduce(linkHash, TRAIL_START),
    signer_authority_id: signer?.id ?? null,
  };
  const signature = signer ? await deployment.sign(content as unknown as JsonObject, signer) : null;
  return {
    text: canonicalJson({ ...content, signature } as unknown as JsonObject),
    runId,
    taskId: run.taskId,
  };
}

/** The first authority that is active and whose key is here, beginning with that of the agent that ended the run. */
async function findSigner(
  deployment: Deployment,
  { ender }: RunEvidence,
  authorities: ReadonlyMap<string, Authority>,
): Promise<Authority | undefined> {
  const first = authorities.get(ender?.chain.genesis.authorityId ?? '');
  for (const authority of [...(first ? [first] : []), ...authorities.values()]) {
    if (!authority.isActive) continue;
    try {
      await deployment.keys.expect(authority);
      return authority;
    } catch (error) {
      if (!isEatpError(error, 'KEY_NOT_FOUND')) throw error;
    }
  }
  return undefined;
}

/** The statements about keys of these authorities. There are few, among many others. */
async function keyStatements(
  { statements, store }: Deployment,
  authorityIds: readonly string[],
): Promise<string[]> {
  const texts: string[] = [];
  for (const sequence of statements.state.keyStatements(authorityIds)) {
    const [entry] = await store.readStatements({ afterSequence: sequence - 1, limit: 1 });
    if (entry) texts.push(entry.text);
  }
  return texts;
}

async function checkpointsFor(
  deployment: Deployment,
  given: ReceiptOptions['checkpoint'],
  { chains, delegations }: RunEvidence,
  runId: string,
): Promise<ReceiptCheckpoint[]> {
  const records = [
    ...chains.map(({ chain, text }) => ({ kind: 'chain' as const, id: chain.agentId, text })),
    ...delegations.map(({ delegationId, text }) => ({ kind: 'delegation' as const, id: delegationId, text })),
  ];
  const evidence = await checkpointEvidence(deployment, given, [], undefined);
  return evidence.map(({ note, log }) => checkpointFor(note, log, runId, records));
}
