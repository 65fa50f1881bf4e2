import type { CheckpointFinding, CheckpointFindingCode, DumpRow, TrustStore } from '../../store/index.js';
import { CHECKPOINT_TRAIL, RECORD_FIELDS } from '../../store/index.js';
import { sha256Hex } from '../../wire/index.js';
import { type KnownLeaves, type Leaf, type LeafKind, subjectOf } from './leaf.js';
import { judgeAuthorityRow, judgeChainRow, type Verdict } from './survey-chains.js';
import { digestOf, isDisclosed, isRecorded, isSameLeaf, judgeTrailHead } from './survey-rows.js';
import { SurveyedStatements } from './survey-statements.js';

/** A change in a store since a checkpoint, with a signed record or a rule of the store that explains it. */
export interface CheckpointChange {
  /** The record: its kind, and its id. */
  readonly subject: string;
  /** Whether the record is new, was changed, or ended and is gone. */
  readonly change: 'new' | 'changed' | 'gone';
}

/** The statuses that a delegation can have after each. */
const LATER: Readonly<Record<string, readonly string[]>> = {
  offered: ['accepted', 'revoked'],
  in_force: ['closed', 'revoked'],
  closed: ['revoked'],
  accepted: ['revoked'],
};

type Row = Readonly<Record<string, unknown>>;
type Of<K extends LeafKind> = Extract<Leaf, { readonly kind: K }>;

/** Compares what a store holds with what leaves say about it, record by record, in the order of a dump. */
export class Survey {
  /** The differences that nothing explains. */
  readonly findings: CheckpointFinding[] = [];
  /** The differences that are explained. */
  readonly changes: CheckpointChange[] = [];
  /** The leaf that is right for each record now: a new one, or the known one where a difference is not explained. */
  readonly current = new Map<string, Leaf>();
  readonly #statements: SurveyedStatements;
  readonly #authorities: Row[] = [];
  readonly #earlier = new Map<string, Set<string>>();
  #trail: Row | undefined;
  #isPastStatements = false;

  /**
   * @param known - what the leaves say.
   * @param histories - all digests of chains that leaves name, by agent.
   * @param store - is asked for entries of trails.
   * @param keyOf - the key of an authority that is believed, for new leaves.
   */
  constructor(
    private readonly known: KnownLeaves,
    private readonly histories: ReadonlyMap<string, ReadonlySet<string>>,
    private readonly store: TrustStore,
    private readonly keyOf: (authorityId: string) => string | null,
  ) {
    this.#statements = new SurveyedStatements(known);
  }

  /** Compares the next record. */
  async take({ type, row }: DumpRow): Promise<void> {
    if (type !== 'anchor') await this.#endTrail();
    if (type === 'authority') {
      this.#authorities.push(row);
      return;
    }
    if (type === 'statement') return this.#statements.take(row);
    this.#passStatements();
    switch (type) {
      case 'chain':
        return this.#takeChain(row);
      case 'earlier_chain':
        return this.#takeEarlier(row);
      case 'delegation':
      case 'archived_delegation':
        return this.#takeDelegation(row);
      case 'anchor':
        if (this.#trail?.trail_id !== row.trail_id) await this.#endTrail();
        this.#trail = row;
        return;
      case 'intent':
        return this.#takeIntent(row);
      case 'revocation':
        return this.#takeRevocation(row);
      case 'disclosure':
        return this.#takeDisclosure(row);
    }
  }

  /** Looks for what the leaves name and the store did not have. */
  async end(): Promise<void> {
    await this.#endTrail();
    this.#passStatements();
    for (const [agentId, hashes] of this.histories) this.#judgeHistory(agentId, hashes);
    for (const [subject, { leaf }] of this.known)
      if (!this.current.has(subject) && leaf.kind !== 'log') await this.#judgeMissing(leaf);
  }

  #passStatements(): void {
    if (this.#isPastStatements) return;
    this.#isPastStatements = true;
    const { findings, leaves } = this.#statements.end();
    for (const [code, reason] of findings) this.#find(code, 'statements', reason);
    for (const leaf of leaves) this.#keep(leaf, findings.length > 0 ? 'unexplained' : 'explained');
    for (const row of this.#authorities) {
      const id = String(row.authority_id);
      const leaf: Leaf = {
        ...{ kind: 'authority', id, hash: sha256Hex(String(row.text)), key: this.keyOf(id) },
      };
      const verdict = judgeAuthorityRow(
        this.#known('authority', id),
        leaf,
        String(row.text),
        this.#statements,
      );
      this.#settle(leaf, verdict);
    }
  }

  #takeChain(row: Row): void {
    const id = String(row.agent_id);
    const text = String(row.text);
    const known = this.#known('chain', id);
    const { leaf, verdict } = judgeChainRow(known, id, text, row.active === true, this.#statements);
    this.#settle(leaf, verdict);
    this.#takeEarlier(row);
  }

  #takeEarlier(row: Row): void {
    const id = String(row.agent_id);
    const hashes = this.#earlier.get(id) ?? new Set();
    this.#earlier.set(id, hashes.add(sha256Hex(String(row.text))));
  }

  #judgeHistory(agentId: string, hashes: ReadonlySet<string>): void {
    const found = this.#earlier.get(agentId);
    if (!found || this.findings.some(({ code, subject }) => subject === agentId && code.startsWith('CHAIN')))
      return;
    const lost = [...hashes].filter((hash) => !found.has(hash)).length;
    if (lost > 0)
      this.#find(
        'CHAIN_HISTORY_MISSING',
        agentId,
        `${lost} earlier chains of the agent are not there any more`,
      );
  }

  #takeDelegation(row: Row): void {
    const id = String(row.delegation_id);
    const { text, status, ...fields } = RECORD_FIELDS.delegation;
    const leaf: Of<'delegation'> = {
      ...{ kind: 'delegation', id, hash: sha256Hex(String(row.text)) },
      ...{ fields: digestOf(row, Object.keys(fields)), status: String(row.status) },
    };
    const known = this.#known('delegation', id);
    if (!known) return this.#settle(leaf, undefined);
    if (known.hash !== leaf.hash || known.fields !== leaf.fields)
      return this.#settle(leaf, ['DELEGATION_CHANGED', `delegation ${id} is another one`]);
    const isBack = leaf.status !== known.status && !LATER[known.status]?.includes(leaf.status);
    return this.#settle(
      leaf,
      isBack ? ['DELEGATION_REVIVED', `it was ${known.status}, and is ${leaf.status} again`] : undefined,
    );
  }

  async #endTrail(): Promise<void> {
    const row = this.#trail;
    this.#trail = undefined;
    if (!row || row.trail_id === CHECKPOINT_TRAIL) return;
    const id = String(row.trail_id);
    const leaf: Of<'trail'> = { kind: 'trail', id, sequence: Number(row.sequence), hash: String(row.hash) };
    const known = this.#known('trail', id);
    this.#settle(leaf, known && (await judgeTrailHead(this.store, known, leaf)));
  }

  #takeIntent(row: Row): void {
    const id = String(row.invocation_id);
    const hash = digestOf(row, Object.keys(RECORD_FIELDS.intent));
    const known = this.#known('intent', id);
    const isChanged = known && known.hash !== hash;
    this.#settle(
      { kind: 'intent', id, trail: String(row.trail_id), hash },
      isChanged ? ['INTENT_CHANGED', `the intent of ${id} is another one, or was closed before`] : undefined,
    );
  }

  #takeRevocation(row: Row): void {
    const id = `${row.kind} ${row.subject_id}`;
    const hash = digestOf(row, Object.keys(RECORD_FIELDS.revocation));
    const known = this.#known('revocation', id);
    const isChanged = known && known.hash !== hash;
    this.#settle(
      { kind: 'revocation', id, hash },
      isChanged ? ['REVOCATION_CHANGED', `the revocation of ${id} is another one`] : undefined,
    );
  }

  #takeDisclosure(row: Row): void {
    const id = String(row.digest);
    const known = this.#known('disclosure', id);
    const isOf = (person: string | null): boolean => person === row.person;
    const isChanged = (known && !isOf(known.person)) || !isDisclosed(row);
    this.#settle(
      { kind: 'disclosure', id, person: String(row.person) },
      isChanged
        ? ['DISCLOSURE_CHANGED', 'it is not what was digested, or belongs to another person']
        : undefined,
    );
  }

  async #judgeMissing(leaf: Leaf): Promise<void> {
    const { kind, id } = leaf;
    if (kind === 'intent') {
      const isClosed = leaf.hash === null || (await isRecorded(this.store, leaf));
      const lost: Verdict = [
        'INTENT_MISSING',
        `what ${id} was about to do is not recorded, nor its intent kept`,
      ];
      this.#settle({ ...leaf, hash: null }, isClosed ? undefined : lost);
    } else if (kind === 'disclosure') {
      const isErased = leaf.person === null || this.#statements.isErased(leaf.person);
      const lost: Verdict = ['DISCLOSURE_MISSING', `it is gone, and no statement says that it was erased`];
      this.#settle({ ...leaf, person: null }, isErased ? undefined : lost);
    } else if (kind !== 'statements' && kind !== 'erasure') {
      const code = `${kind.toUpperCase()}_MISSING` as CheckpointFindingCode;
      this.#settle(leaf, [code, `the ${kind} is not in the store any more`]);
    }
  }

  #known<K extends LeafKind>(kind: K, id: string): Of<K> | undefined {
    return this.known.get(`${kind} ${id}`)?.leaf as Of<K> | undefined;
  }

  #settle(leaf: Leaf, verdict: Verdict): void {
    if (verdict) this.#find(verdict[0], leaf.id, verdict[1]);
    this.#keep(leaf, verdict ? 'unexplained' : 'explained');
  }

  #keep(leaf: Leaf, how: 'explained' | 'unexplained'): void {
    const subject = subjectOf(leaf);
    const known = this.known.get(subject)?.leaf;
    this.current.set(subject, how === 'unexplained' && known ? known : leaf);
    if (how === 'unexplained' || isSameLeaf(known, leaf)) return;
    const isGone = (leaf.kind === 'intent' && !leaf.hash) || (leaf.kind === 'disclosure' && !leaf.person);
    this.changes.push({ subject, change: isGone ? 'gone' : known ? 'changed' : 'new' });
  }

  #find(code: CheckpointFindingCode, subject: string, reason: string): void {
    this.findings.push({ code, subject, reason });
  }
}
