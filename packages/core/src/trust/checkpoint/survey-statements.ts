import type { CheckpointFindingCode, TrailHead } from '../../store/index.js';
import type { PinnedRoot } from '../statements/believed-authority.js';
import { readStatement, type Statement } from '../statements/statement.js';
import { TrustState } from '../statements/trust-state.js';
import type { KnownLeaves, Leaf } from './leaf.js';

type StatementsLeaf = Extract<Leaf, { readonly kind: 'statements' }>;

/**
 * The statements of a store, as far as authorities made them that a checkpoint knows, or that these endorsed. They explain
 * what changed since.
 */
export class SurveyedStatements {
  /** The state of trust after the statements. */
  readonly trust: TrustState;
  readonly #known: StatementsLeaf | undefined;
  readonly #findings: (readonly [CheckpointFindingCode, string])[] = [];
  readonly #authorities = new Set<string>();
  readonly #erased = new Map<string, Statement>();
  #head: TrailHead | undefined;

  constructor(known: KnownLeaves) {
    const pins: PinnedRoot[] = [];
    for (const { leaf } of known.values())
      if (leaf.kind === 'authority' && leaf.key !== null) pins.push({ id: leaf.id, publicKey: leaf.key });
    this.trust = new TrustState(pins);
    this.#known = known.get('statements ')?.leaf as StatementsLeaf | undefined;
  }

  /** Takes the next statement. After a damaged one, none counts. */
  take(row: Readonly<Record<string, unknown>>): void {
    if (this.#findings.length > 0) return;
    const [sequence, hash] = [Number(row.sequence), String(row.hash)];
    let statement: Statement;
    try {
      const entry = { sequence, hash, previousHash: String(row.previous_hash), text: String(row.text) };
      statement = readStatement(entry, this.#head);
    } catch (error) {
      this.#findings.push(['STATEMENTS_CHANGED', (error as Error).message]);
      return;
    }
    this.#head = { sequence, hash };
    this.trust.add({ statement, isOwn: false });
    if (sequence === this.#known?.sequence && hash !== this.#known.hash)
      this.#findings.push(['STATEMENTS_CHANGED', `statement ${sequence} is another one`]);
    if (statement.kind === 'person_erased') this.#erased.set(statement.body.person, statement);
    if (sequence > (this.#known?.sequence ?? 0) && 'authority_id' in statement.body)
      this.#authorities.add(statement.body.authority_id);
  }

  /** Whether a statement since the checkpoint is about an authority. */
  isAboutAuthority(id: string): boolean {
    return this.#authorities.has(id);
  }

  /** Whether a believed authority stated that a person's data were erased. */
  isErased(person: string): boolean {
    const statement = this.#erased.get(person);
    const signer = statement && this.trust.authority(statement.authorityId);
    return (
      signer !== undefined && [signer.publicKey, ...signer.earlierKeys].includes(statement?.publicKey ?? '')
    );
  }

  /** What is wrong with the statements, and the leaves about them. */
  end(): {
    readonly findings: readonly (readonly [CheckpointFindingCode, string])[];
    readonly leaves: readonly Leaf[];
  } {
    const [known, head] = [this.#known, this.#head];
    if (known && this.#findings.length === 0 && (head?.sequence ?? 0) < known.sequence) {
      const cut = `there are ${head?.sequence ?? 0}, and the checkpoint knows ${known.sequence}`;
      this.#findings.push(['STATEMENTS_CUT', cut]);
    }
    const leaves: Leaf[] = [...this.#erased].map(([id, { sequence }]) => ({ kind: 'erasure', id, sequence }));
    if (head) leaves.push({ kind: 'statements', id: '', ...head });
    return { findings: this.#findings, leaves };
  }
}
