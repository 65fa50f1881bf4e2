import { formatTimestamp, sha256Hex } from '@kaizen-eatp/core/records';
import {
  type DeactivateChain,
  expectStoredVersion,
  type PutChain,
  type StoredChain,
} from '@kaizen-eatp/core/store';
import type { Database } from 'better-sqlite3';
import { boundOf } from './limits.js';
import { ReadCache } from './read-cache.js';

interface Row {
  readonly agent_id: string;
  readonly chain_data: string;
  readonly active: number;
}

const KNOWN_LIMIT = 5_000;
// A chain is read as a string, whatever type another program stored it as.
const COLUMNS = 'agent_id, CAST(chain_data AS TEXT) AS chain_data, active';

/**
 * The reference's table. It has no column for a version, so a version is made of the content: a write is refused if
 * a single byte is not as the writer saw it, also when Python wrote in between.
 */
export class ChainTable {
  readonly #read;
  readonly #list;
  readonly #put;
  readonly #deactivate;
  readonly #cache = new ReadCache<StoredChain>();
  /** Saves hashing an unchanged chain again. */
  readonly #known = new Map<string, StoredChain>();

  constructor(db: Database) {
    this.#read = db.prepare<[string], Row>(`SELECT ${COLUMNS} FROM trust_chains WHERE agent_id = ?`);
    this.#list = db.prepare<[string, number], Row>(
      `SELECT ${COLUMNS} FROM trust_chains WHERE agent_id > ? ORDER BY agent_id LIMIT ?`,
    );
    this.#put = db.prepare(`
      INSERT INTO trust_chains
        (agent_id, chain_data, active, authority_id, created_at, updated_at, deleted_at, expires_at)
      VALUES (@agentId, @text, 1, @authorityId, @now, @now, NULL, @expiresAt)
      ON CONFLICT (agent_id) DO UPDATE SET chain_data = excluded.chain_data, active = 1,
        authority_id = excluded.authority_id, updated_at = excluded.updated_at, deleted_at = NULL,
        expires_at = excluded.expires_at`);
    this.#deactivate = db.prepare(
      'UPDATE trust_chains SET active = 0, deleted_at = @at, updated_at = @at WHERE agent_id = @agentId',
    );
  }

  /** Forgets what was read before another connection changed the file. @param foreignCommits - SQLite's count of them. */
  refresh(foreignCommits: unknown): void {
    this.#cache.refresh(foreignCommits);
  }

  /** Reads inside the read transaction in which the table was refreshed. */
  read(agentId: string): StoredChain | undefined {
    return this.#cache.get(agentId, (id) => this.readAnew(id));
  }

  list(afterAgentId: string, limit: number): StoredChain[] {
    return this.#list.all(afterAgentId, boundOf(limit)).map((row) => this.chainOf(row));
  }

  put({ agentId, text, authorityId, expiresAt, ifVersion }: PutChain): void {
    const current = this.readAnew(agentId);
    expectStoredVersion(`chain of ${agentId}`, current?.active ? current.version : null, ifVersion);
    this.#put.run({ agentId, text, authorityId, expiresAt, now: formatTimestamp(new Date()) });
    this.#cache.forget(agentId);
  }

  deactivate({ agentId, at }: DeactivateChain): void {
    this.#deactivate.run({ agentId, at });
    this.#cache.forget(agentId);
  }

  /** Reads inside a write transaction. Nothing of it is cached, since the transaction can be rolled back. */
  private readAnew(agentId: string): StoredChain | undefined {
    const row = this.#read.get(agentId);
    return row && this.chainOf(row);
  }

  private chainOf(row: Row): StoredChain {
    const active = row.active === 1;
    const known = this.#known.get(row.agent_id);
    if (known?.active === active && known.text === row.chain_data) return known;
    const version = `${active ? 'active' : 'ended'}-${sha256Hex(row.chain_data)}`;
    const chain = { agentId: row.agent_id, text: row.chain_data, version, active };
    if (this.#known.size >= KNOWN_LIMIT) this.#known.delete(this.#known.keys().next().value as string);
    this.#known.set(row.agent_id, chain);
    return chain;
  }
}
