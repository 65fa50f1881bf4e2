import { sortByCodePoint } from '../../wire/index.js';
import { expectStoredVersion } from '../contract/conflicts.js';
import { answerRead, type ReadRequest, type ReadResult } from '../contract/read-request.js';
import type { StoreWrite } from '../contract/store-write.js';
import type { Revocation, RevocationKind, StoredAuthority } from '../contract/stored-records.js';
import { Batch } from './batch.js';
import { ChainTable } from './chain-table.js';
import { Disclosures } from './disclosures.js';
import { DurableRunTable } from './durable-run-table.js';
import { FinishedRuns } from './finished-runs.js';
import { Intents } from './intents.js';
import { Ledger } from './ledger.js';
import { RunList } from './run-list.js';
import { Statements } from './statements.js';
import { Trails } from './trails.js';

/** Everything that a memory store holds. */
export class MemoryTables {
  /** The chains, by agent. */
  readonly chains = new ChainTable();
  /** The delegations. */
  readonly ledger = new Ledger();
  /** The anchors, by trail. */
  readonly trails = new Trails();
  /** The intents without an outcome. */
  readonly intents = new Intents();
  /** The signed statements. */
  readonly statements = new Statements();
  /** The personal data behind digests. */
  readonly disclosures = new Disclosures();
  /** The durable runs. */
  readonly runs = new DurableRunTable();
  /** All runs, durable or not, by the moments at which they began. */
  readonly runList = new RunList((runId) => this.trails.length(runId));
  readonly #authorities = new Map<string, StoredAuthority>();
  readonly #revocations = new Map<string, Revocation>();
  readonly #finished: FinishedRuns;
  #version = 0;

  /** @param retainRuns - how many finished runs are kept. */
  constructor(readonly retainRuns: number) {
    this.#finished = new FinishedRuns(
      retainRuns,
      (runId) => !this.intents.hasOpen(runId) && !this.ledger.hasInForce(runId),
      (runId) => {
        this.trails.drop(runId);
        this.runList.drop(runId);
        this.ledger.dropRun(runId);
      },
    );
  }

  /** Answers a read request. */
  read(request: ReadRequest): ReadResult {
    return answerRead(request, {
      chain: (id) => this.chains.read(id),
      authority: (id) => this.#authorities.get(id),
      delegation: (id) => this.ledger.read(id),
      revocation: (kind, id) => this.revocation(kind, id),
      statementsHead: () => this.statements.head(),
    });
  }

  /** All authorities, in the order of their ids. */
  authorities(): StoredAuthority[] {
    const ids = sortByCodePoint([...this.#authorities.keys()]);
    return ids.map((id) => this.#authorities.get(id) as StoredAuthority);
  }

  /** Returns the revocation of a subject. */
  revocation(kind: RevocationKind, subjectId: string): Revocation | undefined {
    return this.#revocations.get(`${kind}:${subjectId}`);
  }

  /** All revocations, oldest first. */
  revocations(): Iterable<Revocation> {
    return this.#revocations.values();
  }

  /** Checks everything before it applies anything: with one thread that makes the batch atomic. */
  commit(writes: readonly StoreWrite[]): void {
    const batch = new Batch();
    const placed = writes.map((write) => this.check(write, batch));
    for (const write of placed) this.apply(write);
  }

  /** Keeps a revocation without ending anything: in a dump the ledger comes as the revocation left it. */
  putRevocation(revocation: Revocation): void {
    const key = `${revocation.kind}:${revocation.subjectId}`;
    // A revocation that replaces an earlier one is the newest.
    this.#revocations.delete(key);
    this.#revocations.set(key, revocation);
  }

  /**
   * Refuses a write that conflicts with the stored records or with earlier writes of the batch; gives an anchor its
   * place.
   */
  private check(write: StoreWrite, batch: Batch): StoreWrite {
    switch (write.op) {
      case 'put_authority': {
        const what = `authority ${write.authorityId}`;
        batch.touch(what);
        const stored = this.#authorities.get(write.authorityId)?.version ?? null;
        expectStoredVersion(what, stored, write.ifVersion);
        return write;
      }
      case 'put_chain':
        this.chains.check(write, batch);
        return write;
      case 'add_delegation':
        this.ledger.check(write, batch);
        return write;
      case 'accept_delegation':
        this.ledger.checkOffer(write, batch);
        return write;
      case 'append_statement':
        this.statements.check(write, batch);
        return write;
      case 'open_intent':
        this.intents.check(write, batch);
        return write;
      case 'append_anchor':
        this.trails.check(write, batch);
        this.intents.checkClosing(write.closesIntent, batch);
        return write;
      case 'add_run':
      case 'claim_run':
      case 'fence':
      case 'set_run_state':
      case 'record_steps':
      case 'record_order':
        this.runs.check(write, batch);
        return write;
      default:
        return write;
    }
  }

  private apply(write: StoreWrite): void {
    switch (write.op) {
      case 'put_authority': {
        const { authorityId, text } = write;
        this.#authorities.set(authorityId, { authorityId, text, version: this.nextVersion() });
        return;
      }
      case 'put_chain':
        return this.chains.put(write, this.nextVersion());
      case 'deactivate_chain':
        return this.chains.deactivate(write, this.nextVersion());
      case 'add_delegation':
        return this.ledger.add(write.entry);
      case 'accept_delegation':
        return this.ledger.accept(write.delegationId);
      case 'close_delegations':
        this.ledger.close(write);
        if (write.runId !== undefined) this.#finished.end(write.runId);
        return;
      case 'revoke':
        this.putRevocation(write.revocation);
        return this.ledger.revoke(write.revocation);
      case 'append_statement':
        return this.statements.append(write.entry);
      case 'open_intent':
        return this.intents.open(write.intent);
      case 'append_anchor':
        this.trails.append(write.entry);
        this.runList.noteEntry(write.entry);
        if (write.closesIntent !== undefined) {
          this.#finished.intentClosed(this.intents.close(write.closesIntent));
        }
        return;
      case 'put_disclosure':
        return this.disclosures.put(write.disclosure);
      case 'erase_person':
        for (const runId of this.runs.erase(write.person))
          this.runList.noteState(runId, this.runs.stateOf(runId));
        return this.disclosures.erase(write.person);
      case 'retire_owner':
        return this.intents.retire(write.owner);
      case 'add_run':
        this.runs.apply(write);
        return this.runList.noteRun(write.run);
      default:
        this.runs.apply(write);
        return this.runList.noteState(write.runId, this.runs.stateOf(write.runId));
    }
  }

  private nextVersion(): string {
    this.#version += 1;
    return String(this.#version);
  }
}
