import {
  type AuditAnchor,
  type Authority,
  authorityCodec,
  type DelegationBinding,
  type DelegationRecord,
  delegationCodec,
  humanOriginCodec,
} from '../chain/index.js';
import { ConstraintRegistry } from '../constraints/index.js';
import { InMemoryKeyManager } from '../signing/index.js';
import { linkHash, MemoryTrustStore, TRAIL_START } from '../store/index.js';
import { checkEntry, readAnchor } from '../trust/audit/verify-trail.js';
import { Deployment } from '../trust/deployment.js';
import { originDigest } from '../trust/persons.js';
import { ReadSet } from '../trust/read-set.js';
import { judgeChainDelegations } from '../trust/verify/chain-delegations.js';
import { isSigned, judgeSignatures } from '../trust/verify/chain-signatures.js';
import { type DelegationPath, judgePath } from '../trust/verify/delegation-path.js';
import { mayDo } from '../trust/verify/delegation-rights.js';
import { type Denial, deny } from '../trust/verify/denial.js';
import { ParsedChain, readChain } from '../trust/verify/parsed-records.js';
import { type JsonObject, jsonMember, timestampToMillis } from '../wire/index.js';
import type { ReceiptBinding, ReceiptContent } from './receipt.js';
import type { ReceiptVerification } from './types.js';
import type { VerifyReceiptOptions } from './verify-options.js';

/** How a run's last anchor says that it is the last. */
export const RUN_ENDINGS: readonly string[] = ['orchestration_complete', 'orchestration_failed'];

export async function judgeReceipt(
  receipt: ReceiptContent,
  options: VerifyReceiptOptions,
): Promise<ReceiptVerification> {
  const judge = new Judge(receipt);
  await judge.load(options.authorities);
  judge.checkRoot();
  judge.checkTrail();
  await judge.checkChains();
  await judge.checkDelegations();
  judge.checkActs();
  judge.checkDisclosures();
  return {
    valid: judge.problems.length === 0,
    problems: judge.problems,
    runId: receipt.run_id,
    taskId: receipt.task_id,
    anchors: judge.anchors,
    delegations: judge.delegations,
    authorities: [...judge.authorities.values()],
    isPinned: options.authorities !== undefined,
  };
}

const bindingOf = (binding: ReceiptBinding | undefined): DelegationBinding & { nonce: string } => ({
  runId: binding?.run_id ?? null,
  invocationId: binding?.invocation_id ?? null,
  person: binding?.person ?? null,
  nonce: binding?.nonce ?? '',
});

/** A small world with nothing in it but the receipt, at the time of the run. */
class Judge {
  readonly problems: string[] = [];
  readonly anchors: AuditAnchor[] = [];
  readonly delegations: DelegationRecord[] = [];
  readonly authorities = new Map<string, Authority>();
  readonly chains = new Map<string, ParsedChain[]>();
  readonly store = new MemoryTrustStore();
  readonly deployment: Deployment;
  readonly #paths = new Map<string, DelegationPath>();
  /** Records are judged by the time at which they were used. */
  moment = Number.NaN;

  constructor(private readonly receipt: ReceiptContent) {
    this.deployment = new Deployment(
      this.store,
      new InMemoryKeyManager(),
      { now: () => this.moment },
      new ConstraintRegistry(),
      {
        maxDelegationDepth: 1000,
        strictDelegation: false,
        unknownConstraints: 'report',
        allowUnboundLegacyCapabilities: false,
        allowUnsignedChainState: false,
        hooks: {},
      },
    );
  }

  async load(pinned: Readonly<Record<string, string>> | undefined): Promise<void> {
    for (const text of this.receipt.authorities) {
      const authority = this.read('an authority', () => authorityCodec.decodeText(text));
      if (!authority) continue;
      if (this.authorities.has(authority.id)) {
        this.problems.push(`authority ${authority.id} is listed twice`);
        continue;
      }
      const isPinned = pinned && Object.hasOwn(pinned, authority.id);
      if (pinned && !(isPinned && pinned[authority.id] === authority.publicKey)) {
        this.problems.push(`the key of authority ${authority.id} is not one that you trust`);
      }
      this.authorities.set(authority.id, authority);
      await this.store.commit([{ op: 'put_authority', authorityId: authority.id, text, ifVersion: null }]);
    }
    for (const text of this.receipt.chains) {
      const evidence = readChain(text);
      if (!(evidence instanceof ParsedChain)) {
        this.problems.push(`a chain cannot be read: ${evidence.reason}`);
        continue;
      }
      const versions = this.chains.get(evidence.chain.agentId) ?? [];
      this.chains.set(evidence.chain.agentId, [...versions, evidence]);
    }
    for (const text of this.receipt.delegations) {
      const record = this.read('a delegation', () => delegationCodec.decodeText(text));
      if (!record) continue;
      if (this.delegations.some(({ id }) => id === record.id))
        this.problems.push(`delegation ${record.id} is listed twice`);
      else this.delegations.push(record);
    }
  }

  checkRoot(): void {
    const { signature, ...content } = this.receipt;
    const signer = this.authorities.get(this.receipt.signer_authority_id);
    if (!signer)
      this.problems.push(`the signer ${this.receipt.signer_authority_id} is not among the authorities`);
    else if (!isSigned(content as unknown as JsonObject, signature, signer)) {
      this.problems.push('the receipt is not as it was signed');
    }
  }

  checkTrail(): void {
    let before = { sequence: 0, hash: TRAIL_START };
    for (const [i, text] of this.receipt.anchors.entries()) {
      const hash = linkHash(before.hash, text);
      const entry = { sequence: i + 1, previousHash: before.hash, hash, text };
      const found = checkEntry(entry, before, this.receipt.run_id, (anchor) => this.authorityOf(anchor));
      this.problems.push(...found.map((problem) => problem.reason));
      before = { sequence: entry.sequence, hash };
      const anchor = readAnchor(text);
      if (anchor) this.checkAnchor(anchor);
    }
    if (before.hash !== this.receipt.trail_hash)
      this.problems.push('the trail does not end where the receipt says');
    const last = this.anchors.at(-1);
    if (
      !last ||
      !RUN_ENDINGS.includes(last.action) ||
      jsonMember(last.context, 'entries') !== this.receipt.anchors.length
    ) {
      this.problems.push('the trail is not whole: it does not end with the end of the run');
    } else if (this.authorityOf(last)?.id !== this.receipt.signer_authority_id) {
      this.problems.push('the receipt is not signed by the authority of whoever ended the run');
    }
  }

  private checkAnchor(anchor: AuditAnchor): void {
    this.anchors.push(anchor);
    const taskId = jsonMember(anchor.context, 'task_id');
    if (taskId !== this.receipt.task_id)
      this.problems.push(`anchor ${anchor.id} is of task ${String(taskId)}`);
    const known = this.chains
      .get(anchor.agentId)
      ?.some((chain) => chain.trustChainHash === anchor.trustChainHash);
    if (!known) this.problems.push(`the chain that anchor ${anchor.id} rests on is not in the receipt`);
    const delegationId = jsonMember(anchor.context, 'delegation_id');
    if (typeof delegationId === 'string' && !this.delegations.some((d) => d.id === delegationId)) {
      this.problems.push(`the delegation ${delegationId} of anchor ${anchor.id} is not in the receipt`);
    }
  }

  async checkChains(): Promise<void> {
    this.moment = timestampToMillis(this.anchors[0]?.timestamp ?? '');
    for (const versions of this.chains.values()) for (const version of versions) await this.putChain(version);
    for (const [agentId, versions] of this.chains) {
      for (const chain of versions) {
        const reads = new ReadSet(this.deployment);
        const denial =
          (await judgeSignatures(reads, chain)) ?? (await judgeChainDelegations(reads, chain, false));
        if (denial) this.problems.push(`the chain of ${agentId} is not valid: ${denial.reason}`);
      }
    }
  }

  /** Each delegation must have been the delegator's to give, when the first act under it was recorded. */
  async checkDelegations(): Promise<void> {
    if (this.receipt.bindings.length !== this.receipt.delegations.length) {
      this.problems.push('not every delegation has a binding');
      return;
    }
    for (const [i, record] of this.delegations.entries()) {
      await this.store.commit([
        {
          op: 'add_delegation',
          entry: {
            delegationId: record.id,
            taskId: record.taskId,
            ...bindingOf(this.receipt.bindings[i]),
            delegatorId: record.delegatorId,
            delegateeId: record.delegateeId,
            parentDelegationId: record.parentDelegationId ?? null,
            text: delegationCodec.encodeText(record),
            status: 'in_force',
          },
        },
      ]);
    }
    for (const [i, record] of this.delegations.entries()) {
      this.moment = timestampToMillis(record.delegatedAt);
      const path = await this.pathOf(record, bindingOf(this.receipt.bindings[i]));
      if ('code' in path) this.problems.push(`delegation ${record.id}: ${path.reason}`);
      else this.#paths.set(record.id, path);
    }
  }

  /** A chain can change in mid-run, so one that was in force must justify the delegation, whichever it was. */
  private async pathOf(
    record: DelegationRecord,
    binding: DelegationBinding,
  ): Promise<DelegationPath | Denial> {
    if (record.taskId !== this.receipt.task_id) return deny('DELEGATION_MISMATCH', 'it is for another task');
    let denial = deny('DELEGATOR_NOT_TRUSTED', `the chain of ${record.delegatorId} is not in the receipt`);
    for (const version of this.chains.get(record.delegatorId) ?? []) {
      await this.putChain(version);
      const path = await judgePath(new ReadSet(this.deployment), {
        delegationId: record.id,
        delegateeId: record.delegateeId,
        binding,
      });
      if (!('code' in path)) return path;
      denial = path;
    }
    return denial;
  }

  /** Whatever was done must have been allowed to the one who did it, when it began. */
  checkActs(): void {
    const leaderId = this.anchors.at(-1)?.agentId;
    const seen = new Set<string>();
    let before = Number.NEGATIVE_INFINITY;
    for (const anchor of this.anchors) {
      const problem = this.problemOf(anchor, leaderId, before, seen);
      if (problem) this.problems.push(`anchor ${anchor.id}: ${problem}`);
      before = Math.max(before, timestampToMillis(anchor.timestamp));
    }
  }

  private problemOf(
    anchor: AuditAnchor,
    leaderId: string | undefined,
    before: number,
    seen: Set<string>,
  ): string | undefined {
    const { id, action, result, context } = anchor;
    const invocationId = jsonMember(context, 'invocation_id');
    for (const name of [id, typeof invocationId === 'string' ? invocationId : undefined]) {
      if (name === undefined) continue;
      if (seen.has(name)) return `${name} is recorded twice`;
      seen.add(name);
    }
    if (!(timestampToMillis(anchor.timestamp) >= before)) return 'it is older than the one before it';
    const isAct =
      result !== 'denied' &&
      jsonMember(context, 'subject_agent_id') === undefined &&
      !RUN_ENDINGS.includes(action);
    return isAct ? this.problemOfAct(anchor, leaderId) : undefined;
  }

  private problemOfAct(anchor: AuditAnchor, leaderId: string | undefined): string | undefined {
    const { agentId, action, context } = anchor;
    const started = timestampToMillis(String(jsonMember(context, 'started_at') ?? anchor.timestamp));
    if (!(started <= timestampToMillis(anchor.timestamp))) return 'it does not say when it began';
    const versions = this.chains.get(agentId);
    const chain = versions?.find((version) => version.trustChainHash === anchor.trustChainHash);
    if (!chain) return undefined;
    this.moment = started;
    if (chain.isExpired(started)) return `the chain of ${agentId} had expired`;
    const delegationId = jsonMember(context, 'delegation_id') ?? null;
    if (delegationId === null) {
      if (agentId !== leaderId) return `${agentId} acted under no delegation, and did not lead the run`;
      return mayDo(this.deployment, chain, [], action) ? undefined : `${agentId} does not hold '${action}'`;
    }
    const path = this.#paths.get(String(delegationId));
    const leaf = path?.links[0];
    if (!path || leaf?.record.delegateeId !== agentId)
      return 'it depends on no valid delegation to its agent';
    const misused = this.misuseOf(leaf.record.id, anchor);
    if (misused) return misused;
    if (path.links.some((link) => started > link.expiresAt)) return 'it rests on an expired delegation';
    return mayDo(this.deployment, chain, path.links, action)
      ? undefined
      : `the delegation does not give '${action}'`;
  }

  /** Whether a delegation was made for what an anchor says was done under it. */
  private misuseOf(delegationId: string, { context }: AuditAnchor): string | undefined {
    const at = this.delegations.findIndex(({ id }) => id === delegationId);
    const binding = this.receipt.bindings[at];
    const outerRun = jsonMember(context, 'outer_run') ?? this.outerRun;
    if (binding?.run_id !== this.receipt.run_id && binding?.run_id !== outerRun)
      return 'its delegation was made in another run';
    const person = jsonMember(jsonMember(context, 'person') ?? null, 'pseudonym') ?? null;
    return binding?.person === person ? undefined : 'its delegation was made for another person';
  }

  /** The run in which this one was started, as its last anchor says. */
  private get outerRun(): unknown {
    return jsonMember(this.anchors.at(-1)?.context ?? null, 'outer_run');
  }

  /** A disclosure must be what the records sign; nobody can name another person afterwards. */
  checkDisclosures(): void {
    const signed = new Set(
      this.anchors.map(({ context }) => jsonMember(jsonMember(context, 'person') ?? null, 'digest')),
    );
    for (const { digest, salt, origin } of this.receipt.disclosures) {
      const person = this.read('a disclosure', () => humanOriginCodec.decodeText(origin));
      if (!person) continue;
      if (originDigest(salt, person) !== digest || !signed.has(digest))
        this.problems.push('a disclosure does not name the person whom the records sign');
    }
  }

  private async putChain({ chain: { agentId }, text }: ParsedChain): Promise<void> {
    const [current] = await this.store.readChains([agentId]);
    if (current?.text === text) return;
    const ifVersion = current?.version ?? null;
    await this.store.commit([
      { op: 'put_chain', agentId, text, authorityId: '-', expiresAt: null, ifVersion },
    ]);
  }

  private authorityOf({ agentId, trustChainHash }: AuditAnchor): Authority | undefined {
    const chain = this.chains.get(agentId)?.find((version) => version.trustChainHash === trustChainHash);
    return chain && this.authorities.get(chain.chain.genesis.authorityId);
  }

  private read<T>(what: string, decode: () => T): T | undefined {
    try {
      return decode();
    } catch (error) {
      this.problems.push(`${what} cannot be read: ${(error as Error).message}`);
      return undefined;
    }
  }
}
