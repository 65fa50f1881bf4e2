import {
  type AuditAnchor,
  type Authority,
  authorityCodec,
  type DelegationBinding,
  type DelegationRecord,
  delegationCodec,
} from '../chain/index.js';
import { ConstraintRegistry } from '../constraints/index.js';
import { noKeys } from '../signing/no-keys.js';
import { MemoryTrustStore } from '../store/index.js';
import { Deployment } from '../trust/deployment.js';
import { ReadSet } from '../trust/read-set.js';
import { believedView } from '../trust/statements/believed-view.js';
import { type DelegationPath, judgePath } from '../trust/verify/delegation-path.js';
import { type Denial, deny } from '../trust/verify/denial.js';
import { ParsedChain, readChain } from '../trust/verify/parsed-records.js';
import type { ReceiptBinding, ReceiptContent } from './receipt.js';
import { type ProvableRecord, ReceiptTrust } from './receipt-trust.js';
import type { ReceiptProblem, ReceiptProblemCode } from './types.js';
import type { Trusted } from './verify-options.js';

/** A deployment that holds only the records of a receipt, at the time of the run. */
export class ReceiptWorld {
  /** The problems found. */
  readonly problems: ReceiptProblem[] = [];
  /** The anchors that can be read, in order. */
  readonly anchors: AuditAnchor[] = [];
  /** The delegations that can be read, in order. */
  readonly delegations: DelegationRecord[] = [];
  /** The run, invocation and person that each delegation was made for, by its id. */
  readonly bindings = new Map<string, DelegationBinding & { readonly nonce: string }>();
  /** The authorities by id. */
  readonly authorities = new Map<string, Authority>();
  /** The chains of each agent: one for each state that the run saw. */
  readonly chains = new Map<string, ParsedChain[]>();
  /** The deployment. */
  readonly deployment: Deployment;
  /** The time at which the records being checked were used, in milliseconds since the epoch. */
  moment = Number.NaN;
  readonly #store = new MemoryTrustStore();
  /** The delegations as JSON, in the same order. */
  readonly #texts: string[] = [];

  /** Which keys count, for which records. */
  readonly trust: ReceiptTrust;

  constructor(
    /** The content of the receipt. */
    readonly receipt: ReceiptContent,
    /** The authorities that the caller trusts. */
    trusted: Trusted,
  ) {
    this.trust = new ReceiptTrust(receipt, trusted, (code, reason) => this.report(code, reason));
    this.deployment = new Deployment(
      this.#store,
      noKeys,
      // Without an anchor that can be read there is no time: at its beginning, nothing is valid yet.
      { now: () => (Number.isNaN(this.moment) ? 0 : this.moment) },
      new ConstraintRegistry(),
      {
        maxDelegationDepth: 1000,
        strictDelegation: false,
        unknownConstraints: 'report',
        allowUnboundLegacyCapabilities: false,
        allowUnsignedChainState: false,
        hooks: {},
        roots: 'stored',
        believe: (authority) => this.trust.believe(authority),
      },
    );
  }

  /** Reads the receipt's records. */
  async load(): Promise<void> {
    await this.#loadAuthorities();
    for (const text of this.receipt.chains) {
      const evidence = readChain(text);
      if (!(evidence instanceof ParsedChain)) {
        this.report('RECORD_MALFORMED', `a chain cannot be read: ${evidence.reason}`);
        continue;
      }
      const versions = this.chains.get(evidence.chain.agentId) ?? [];
      this.chains.set(evidence.chain.agentId, [...versions, evidence]);
    }
    for (const [i, text] of this.receipt.delegations.entries()) {
      const record = this.read('a delegation', () => delegationCodec.decodeText(text));
      if (!record) continue;
      if (this.bindings.has(record.id)) {
        this.report('RECORD_REPEATED', `delegation ${record.id} is listed twice`);
        continue;
      }
      this.delegations.push(record);
      this.#texts.push(text);
      this.bindings.set(record.id, bindingOf(this.receipt.bindings[i]));
    }
  }

  async #loadAuthorities(): Promise<void> {
    for (const text of this.receipt.authorities) {
      const authority = this.read('an authority', () => authorityCodec.decodeText(text));
      if (!authority) continue;
      const { id } = authority;
      if (this.authorities.has(id)) {
        this.report('RECORD_REPEATED', `authority ${id} is listed twice`);
        continue;
      }
      if (!this.trust.accepts(authority))
        this.report('AUTHORITY_NOT_TRUSTED', `the key of authority ${id} is not one that you trust`);
      this.authorities.set(id, authority);
      // An authority that was deactivated later was active at the time of the run, or it had not signed.
      const then = authorityCodec.encodeText({ ...authority, isActive: true });
      await this.#store.commit([{ op: 'put_authority', authorityId: id, text: then, ifVersion: null }]);
    }
    this.trust.settle(this.authorities);
    for (const [id, authority] of this.authorities)
      this.authorities.set(id, believedView(authority, this.trust.believe(authority)));
  }

  /** A delegation, and those of the receipt that it was made under. */
  delegationsAbove(record: DelegationRecord): ProvableRecord[] {
    const texts = new Map(
      this.delegations.map((each, i) => [each.id, { each, text: this.#texts[i] as string }]),
    );
    const found: ProvableRecord[] = [];
    for (let id: string | null = record.id; id !== null && found.length <= texts.size; ) {
      const at = texts.get(id);
      if (!at) break;
      found.push({ kind: 'delegation', id, text: at.text });
      id = at.each.parentDelegationId ?? null;
    }
    return found;
  }

  /** Puts a chain in force. */
  async putChain({ chain: { agentId }, text }: ParsedChain): Promise<void> {
    const [current] = await this.#store.readChains([agentId]);
    if (current?.text === text) return;
    const ifVersion = current?.version ?? null;
    await this.#store.commit([
      { op: 'put_chain', agentId, text, authorityId: '-', expiresAt: null, ifVersion },
    ]);
  }

  /** Puts a delegation into the ledger. */
  async putDelegation(record: DelegationRecord): Promise<void> {
    const entry = {
      delegationId: record.id,
      taskId: record.taskId,
      ...(this.bindings.get(record.id) ?? bindingOf(undefined)),
      delegatorId: record.delegatorId,
      delegateeId: record.delegateeId,
      parentDelegationId: record.parentDelegationId ?? null,
      text: delegationCodec.encodeText(record),
      status: 'in_force' as const,
    };
    await this.#store.commit([{ op: 'add_delegation', entry }]);
  }

  /** A chain can change during the run, so any chain that was in force can justify the delegation. */
  async pathOf(record: DelegationRecord): Promise<DelegationPath | Denial> {
    if (record.taskId !== this.receipt.task_id) return deny('DELEGATION_MISMATCH', 'it is for another task');
    let denial = deny('DELEGATOR_NOT_TRUSTED', `the chain of ${record.delegatorId} is not in the receipt`);
    for (const version of this.chains.get(record.delegatorId) ?? []) {
      await this.putChain(version);
      const path = await judgePath(new ReadSet(this.deployment), {
        delegationId: record.id,
        delegateeId: record.delegateeId,
        binding: this.bindings.get(record.id),
      });
      if (!('code' in path)) return path;
      denial = path;
    }
    return denial;
  }

  /** The chain whose state an anchor names. */
  chainOf({ agentId, trustChainHash }: AuditAnchor): ParsedChain | undefined {
    return this.chains.get(agentId)?.find((version) => version.trustChainHash === trustChainHash);
  }

  /** The authority that must have signed an anchor. */
  authorityOf(anchor: AuditAnchor): Authority | undefined {
    const chain = this.chainOf(anchor);
    return chain && this.authorities.get(chain.chain.genesis.authorityId);
  }

  /** Adds a problem. */
  report(code: ReceiptProblemCode, reason: string): void {
    this.problems.push({ code, reason });
  }

  /** Reads a record, or reports that it cannot be read. */
  read<T>(what: string, decode: () => T): T | undefined {
    try {
      return decode();
    } catch (error) {
      this.report('RECORD_MALFORMED', `${what} cannot be read: ${(error as Error).message}`);
      return undefined;
    }
  }
}

const bindingOf = (binding: ReceiptBinding | undefined) => ({
  runId: binding?.run_id ?? null,
  invocationId: binding?.invocation_id ?? null,
  person: binding?.person ?? null,
  nonce: binding?.nonce ?? '',
});
