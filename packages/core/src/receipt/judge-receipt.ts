import { type AuditAnchor, humanOriginCodec } from '../chain/index.js';
import type { Ahead } from '../signing/verify-ahead.js';
import { linkHash } from '../store/index.js';
import { type ReadAnchor, readSignedAnchor } from '../trust/audit/anchor.js';
import { isRunEnding, TrailJudge } from '../trust/audit/trail-judge.js';
import { originDigest } from '../trust/person-digest.js';
import { ReadSet } from '../trust/read-set.js';
import { judgeChainDelegations } from '../trust/verify/chain-delegations.js';
import { isSigned, judgeSignatures } from '../trust/verify/chain-signatures.js';
import type { DelegationPath } from '../trust/verify/delegation-path.js';
import { jsonMember, timestampToMillis } from '../wire/index.js';
import { judgeActs } from './judge-acts.js';
import type { ReceiptContent } from './receipt.js';
import { entryOf } from './receipt-checkpoints.js';
import { ReceiptWorld } from './receipt-world.js';
import type { ReceiptVerification } from './types.js';
import { isInNamespaces, type Pins, type Trusted } from './verify-options.js';

/** Work that is done ahead of the judgement, to save time. */
export interface Foreseen {
  /** The signatures that are being verified. */
  readonly ahead: Ahead;
  /** The anchors that were read, by the JSON that they were read from. */
  readonly anchors: ReadonlyMap<string, ReadAnchor>;
}

/** Judges every record of a receipt, and how they fit together. */
export async function judgeReceipt(
  receipt: ReceiptContent,
  trusted: Trusted,
  foreseen: Foreseen,
): Promise<ReceiptVerification> {
  const { pins } = trusted;
  const world = new ReceiptWorld(receipt, trusted);
  await world.load();
  judgeSignature(world);
  judgeNamespaces(world, pins);
  await judgeTrail(world, foreseen);
  await foreseen.ahead.allReady();
  await judgeChains(world);
  judgeActs(world, await judgeDelegations(world));
  judgeDisclosures(world);
  const isSound = world.problems.length === 0;
  const verdict = isSound ? (pins ? 'valid' : 'consistent') : 'invalid';
  return {
    verdict,
    valid: verdict === 'valid',
    problems: world.problems,
    runId: receipt.run_id,
    taskId: receipt.task_id,
    anchors: world.anchors,
    signedBy: world.anchors.map((anchor) => world.authorityOf(anchor)?.id),
    delegations: world.delegations,
    authorities: [...world.authorities.values()],
    isPinned: pins !== undefined,
    revokedKeys: world.trust.revokedKeys(),
  };
}

/** The signature of the whole shows who issued the receipt. The records in it are signed by themselves. */
function judgeSignature(world: ReceiptWorld): void {
  const { signature } = world.receipt;
  const signerId = world.receipt.signer_authority_id;
  if (signerId === null && signature === null) return;
  const signer = world.authorities.get(signerId ?? '');
  const hasChain = [...world.chains.values()]
    .flat()
    .some(({ authorityIds }) => authorityIds.includes(signerId ?? ''));
  if (!signer || !hasChain)
    world.report('RECEIPT_SIGNATURE', `the signer ${String(signerId)} is not an authority of the agents`);
  else if (!isSigned(world.trust.signingText, signature, signer))
    world.report('RECEIPT_SIGNATURE', 'the receipt is not as it was signed');
}

/** An authority that the caller trusts for some agents must not speak for others. */
function judgeNamespaces(world: ReceiptWorld, pins: Pins): void {
  if (!pins) return;
  for (const versions of world.chains.values()) {
    for (const { authorityIds, chain } of versions) {
      for (const authorityId of authorityIds) {
        const pin = pins.get(authorityId);
        if (pin && !isInNamespaces(pin, chain.agentId))
          world.report(
            'AGENT_OUTSIDE_NAMESPACES',
            `authority ${authorityId} cannot speak for ${chain.agentId}`,
          );
      }
    }
  }
}

async function judgeTrail(world: ReceiptWorld, { ahead, anchors }: Foreseen): Promise<void> {
  const { receipt } = world;
  const judge = new TrailJudge(
    receipt.run_id,
    true,
    world.trust.checkpoints.map((each) => entryOf(each, receipt.run_id)),
  );
  for (const [i, text] of receipt.anchors.entries()) {
    const previousHash = judge.head.hash;
    const entry = { sequence: i + 1, previousHash, hash: linkHash(previousHash, text), text };
    const read = anchors.get(text) ?? readSignedAnchor(text);
    // Other cores verify the signatures that follow meanwhile.
    const verified = ahead.ready(read?.anchor.signature);
    if (verified) await verified;
    const anchor = judge.take(entry, (signed) => world.authorityOf(signed), read);
    if (anchor) judgeAnchor(world, anchor);
  }
  judge.end();
  for (const { code, reason } of judge.problems) world.report(code, reason);
  if (judge.head.hash !== receipt.trail_hash)
    world.report('TRAIL_MISMATCH', 'the trail does not end where the receipt says');
  const last = world.anchors.at(-1);
  if (!last || !isRunEnding(last))
    world.report('NOT_ENDED', 'the trail is not whole: it does not end with the end of the run');
}

function judgeAnchor(world: ReceiptWorld, anchor: AuditAnchor): void {
  const { receipt } = world;
  world.anchors.push(anchor);
  const taskId = jsonMember(anchor.context, 'task_id');
  if (taskId !== receipt.task_id)
    world.report('TASK_MISMATCH', `anchor ${anchor.id} is of task ${String(taskId)}`);
  if (!world.chainOf(anchor))
    world.report('RECORD_MISSING', `the chain that anchor ${anchor.id} depends on is not in the receipt`);
  const delegationId = jsonMember(anchor.context, 'delegation_id');
  if (typeof delegationId === 'string' && !world.bindings.has(delegationId))
    world.report(
      'RECORD_MISSING',
      `the delegation ${delegationId} of anchor ${anchor.id} is not in the receipt`,
    );
}

async function judgeChains(world: ReceiptWorld): Promise<void> {
  world.moment = timestampToMillis(world.anchors[0]?.timestamp ?? '');
  for (const versions of world.chains.values()) for (const version of versions) await world.putChain(version);
  for (const [agentId, versions] of world.chains) {
    for (const chain of versions) {
      world.trust.allowKeysThatSigned([{ kind: 'chain', id: agentId, text: chain.text }]);
      const reads = new ReadSet(world.deployment);
      const denial =
        (await judgeSignatures(reads, chain)) ?? (await judgeChainDelegations(reads, chain, false));
      if (denial) world.report('CHAIN_INVALID', `the chain of ${agentId} is not valid: ${denial.reason}`);
    }
  }
}

/** The delegator of each delegation must have been allowed to make it when the first act under it was recorded. */
async function judgeDelegations(world: ReceiptWorld): Promise<ReadonlyMap<string, DelegationPath>> {
  const paths = new Map<string, DelegationPath>();
  if (world.receipt.bindings.length !== world.receipt.delegations.length)
    world.report('RECORD_MISSING', 'the receipt must have one binding for each delegation');
  for (const record of world.delegations) await world.putDelegation(record);
  for (const record of world.delegations) {
    world.moment = timestampToMillis(record.delegatedAt);
    world.trust.allowKeysThatSigned(world.delegationsAbove(record));
    const path = await world.pathOf(record);
    if ('code' in path) world.report('DELEGATION_INVALID', `delegation ${record.id}: ${path.reason}`);
    else paths.set(record.id, path);
  }
  return paths;
}

/** A disclosure must be what the records sign: another person cannot be named afterwards. */
function judgeDisclosures(world: ReceiptWorld): void {
  const signed = new Set(
    world.anchors.map(({ context }) => jsonMember(jsonMember(context, 'person') ?? null, 'digest')),
  );
  for (const { digest, salt, origin } of world.receipt.disclosures) {
    const person = world.read('a disclosure', () => humanOriginCodec.decodeText(origin));
    if (person && !(originDigest(salt, person) === digest && signed.has(digest)))
      world.report('DISCLOSURE_MISMATCH', 'a disclosure does not name the person whom the records sign');
  }
}
