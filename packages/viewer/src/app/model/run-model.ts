import { anchorPreimage, canonicalJson, jsonMember, verifySignature } from '@kaizen-eatp/core/records';
import { linkHash } from '@kaizen-eatp/core/store';
import type { DelegationJson, RunAnswer, TrailEntryJson } from '../../api.js';
import type { Model } from './receipt-model.js';
import {
  type AnchorEntry,
  anchorEntry,
  attempt,
  authorityEntry,
  type Check,
  chainEntry,
  type DelegationEntry,
  delegationEntry,
  type Entry,
} from './records.js';

/** A run in progress, to which records are added. Each record is checked once, when it arrives. */
export class LiveRun {
  readonly #anchors: AnchorEntry[] = [];
  readonly #delegations = new Map<string, DelegationEntry>();
  readonly #others: Entry[] = [];
  readonly #signers = new Map<string, { readonly agents: Set<string>; readonly publicKey: string }>();
  readonly #authorityOf = new Map<string, string>();
  #head: TrailEntryJson | undefined;

  constructor(
    readonly runId: string,
    readonly taskId: string,
    answer: Pick<RunAnswer, 'entries' | 'delegations' | 'chains' | 'authorities'>,
  ) {
    for (const text of answer.authorities) this.addAuthority(text);
    for (const text of answer.chains) this.addChain(text);
    for (const delegation of answer.delegations) this.addDelegation(delegation);
    for (const entry of answer.entries) this.addEntry(entry);
  }

  /** The sequence number of the last record. */
  get last(): number {
    return this.#head?.sequence ?? 0;
  }

  addAuthority(text: string): void {
    const entry = authorityEntry(text, this.#others.length);
    if (entry.kind !== 'authority' || !entry.data || this.#signers.has(entry.data.id)) return;
    this.#signers.set(entry.data.id, { agents: new Set(), publicKey: entry.data.publicKey });
    this.#others.push(entry);
  }

  addChain(text: string): void {
    const entry = chainEntry(text, this.#others.length);
    if (entry.kind !== 'chain' || !entry.data) return;
    this.#authorityOf.set(entry.data.agentId, entry.data.genesis.authorityId);
    this.#others.push(entry);
  }

  addDelegation({ text, status }: DelegationJson): void {
    const known = [...this.#delegations.values()].findIndex((one) => one.text === text);
    const entry = delegationEntry(text, known >= 0 ? known : this.#delegations.size, status);
    entry.checks = [check('The record can be read', entry.data ? undefined : 'it cannot be read')];
    this.#delegations.set(text, entry);
  }

  /** Adds a record, unless it is known. */
  addEntry(entry: TrailEntryJson): void {
    if (entry.sequence <= this.last) return;
    const made = anchorEntry(entry.text, entry.sequence);
    made.checks = this.#checksOf(made, entry);
    this.#anchors.push(made);
    this.#head = entry;
  }

  /** The run as it is now. */
  model(): Model {
    const isBad = this.#anchors.some(({ checks }) => checks.some(({ isPassed }) => isPassed === false));
    return {
      runId: this.runId,
      taskId: this.taskId,
      issuedAt: undefined,
      anchors: [...this.#anchors],
      delegations: [...this.#delegations.values()],
      others: [...this.#others],
      checks: [],
      isValid: isBad ? false : undefined,
      isPinned: false,
    };
  }

  #checksOf(made: AnchorEntry, entry: TrailEntryJson): Check[] {
    const { data } = made;
    if (!data) return [check('The record can be read', 'it cannot be read')];
    const before = this.#head;
    const trail = jsonMember(data.context ?? null, 'trail') ?? null;
    const isAtPlace =
      jsonMember(trail, 'id') === this.runId &&
      Number(jsonMember(trail, 'sequence')) === entry.sequence &&
      jsonMember(trail, 'previous') === entry.previousHash;
    const isLinked =
      (!before || (before.hash === entry.previousHash && before.sequence + 1 === entry.sequence)) &&
      linkHash(entry.previousHash, entry.text) === entry.hash;
    return [
      check('The record can be read', undefined),
      check(
        'It stands at its place in the trail',
        !isAtPlace
          ? 'it was signed for another place'
          : !isLinked
            ? 'it does not follow the one before it'
            : undefined,
      ),
      this.#signatureCheck(made),
    ];
  }

  #signatureCheck({ data }: AnchorEntry): Check {
    const name = 'It is signed by the authority of its agent';
    if (!data) return { name, isPassed: undefined, reasons: [] };
    const authorityId =
      this.#authorityOf.get(data.agentId) ?? String(jsonMember(data.context ?? null, 'authority_id'));
    const key = this.#signers.get(authorityId)?.publicKey;
    if (key === undefined)
      return { name, isPassed: undefined, reasons: ['the chain of its agent is not here'] };
    const isSigned =
      attempt(() => verifySignature(canonicalJson(anchorPreimage(data)), data.signature ?? '', key)) ?? false;
    return check(name, isSigned ? undefined : 'it is not as it was signed');
  }
}

const check = (name: string, problem: string | undefined): Check => ({
  name,
  isPassed: problem === undefined,
  reasons: problem === undefined ? [] : [problem],
});
