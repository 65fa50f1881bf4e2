import {
  answerRead,
  type ReadRequest,
  type ReadResult,
  type RecordLookup,
  type StoreWrite,
} from '@kaizen-eatp/core/store';
import type { Database } from 'better-sqlite3';
import { AuthorityTable } from './authority-table.js';
import { ChainTable } from './chain-table.js';
import { DisclosureTable } from './disclosure-table.js';
import { DurableRunTable } from './durable-run-table.js';
import { HistoryTable } from './history-table.js';
import { IntentTable } from './intent-table.js';
import { LedgerTable } from './ledger-table.js';
import { RevocationTable } from './revocation-table.js';
import { RunListTable } from './run-list-table.js';
import { StatementTable } from './statement-table.js';
import { TrailTable } from './trail-table.js';

/** All tables of a store over one connection. Every value is bound; names of columns come from here only. */
export class Tables {
  readonly chains: ChainTable;
  readonly authorities: AuthorityTable;
  readonly ledger: LedgerTable;
  readonly trails: TrailTable;
  readonly intents: IntentTable;
  readonly revocations: RevocationTable;
  readonly statements: StatementTable;
  readonly disclosures: DisclosureTable;
  readonly history: HistoryTable;
  readonly runs: DurableRunTable;
  readonly runList: RunListTable;
  readonly #db: Database;
  readonly #begin;
  readonly #end;
  readonly #foreignCommits;
  readonly #lookup: RecordLookup;

  constructor(db: Database) {
    this.#db = db;
    this.#begin = db.prepare('BEGIN');
    this.#end = db.prepare('COMMIT');
    this.#foreignCommits = db.prepare('PRAGMA data_version').pluck();
    this.chains = new ChainTable(db);
    this.authorities = new AuthorityTable(db);
    this.ledger = new LedgerTable(db);
    this.trails = new TrailTable(db);
    this.intents = new IntentTable(db);
    this.revocations = new RevocationTable(db);
    this.statements = new StatementTable(db);
    this.disclosures = new DisclosureTable(db);
    this.history = new HistoryTable(db);
    this.runs = new DurableRunTable(db);
    this.runList = new RunListTable(db);
    this.#lookup = {
      chain: (id) => this.chains.read(id),
      authority: (id) => this.authorities.read(id),
      delegation: (id) => this.ledger.read(id),
      revocation: (kind, id) => this.revocations.read(kind, id),
      statementsHead: () => this.statements.head(),
    };
  }

  /** Answers in one read transaction, so that all of it is of one moment, even if another process writes meanwhile. */
  read(request: ReadRequest): ReadResult {
    this.#begin.run();
    try {
      const count = this.#foreignCommits.get();
      this.chains.refresh(count);
      this.authorities.refresh(count);
      this.statements.refresh(count);
      return answerRead(request, this.#lookup);
    } finally {
      if (this.#db.inTransaction) this.#end.run();
    }
  }

  /** Applies one write, inside the caller's transaction. @throws StoreError if it does not fit what is stored. */
  apply(write: StoreWrite): void {
    switch (write.op) {
      case 'put_authority':
        return this.authorities.put(write);
      case 'put_chain':
        return this.chains.put(write);
      case 'deactivate_chain':
        return this.chains.deactivate(write);
      case 'add_delegation':
        return this.ledger.add(write.entry);
      case 'accept_delegation':
        return this.ledger.accept(write.delegationId);
      case 'close_delegations':
        return this.ledger.close(write);
      case 'revoke':
        this.revocations.put(write.revocation);
        return this.ledger.revoke(write.revocation);
      case 'append_statement':
        return this.statements.append(write.entry);
      case 'open_intent':
        return this.intents.open(write.intent);
      case 'retire_owner':
        return this.intents.retire(write.owner);
      case 'append_anchor':
        this.trails.append(write.entry);
        this.runList.noteEntry(write.entry);
        return this.closeIntent(write.closesIntent);
      case 'put_disclosure':
        return this.disclosures.put(write.disclosure);
      case 'erase_person':
        return this.erase(write.person);
      case 'add_run':
        this.runs.apply(write);
        return this.runList.noteRun(write.run);
      default:
        return this.runs.apply(write);
    }
  }

  /** Writes zeros over what it removes; by default SQLite leaves deleted bytes in the file. */
  private erase(person: string): void {
    const before = this.#db.pragma('secure_delete', { simple: true });
    this.#db.pragma('secure_delete = ON');
    try {
      this.runs.erase(person);
      this.disclosures.erase(person);
    } finally {
      this.#db.pragma(`secure_delete = ${before}`);
    }
  }

  private closeIntent(invocationId: string | undefined): void {
    if (invocationId !== undefined) this.intents.close(invocationId);
  }
}
