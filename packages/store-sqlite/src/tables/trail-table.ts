import { expectNextEntry, TRAIL_START, type TrailEntry } from '@kaizen-eatp/core/store';
import type { Database } from 'better-sqlite3';
import { boundOf } from './limits.js';

/** Trails: that no two entries take one place is a unique key, so a fork cannot be stored. */
export class TrailTable {
  readonly #head;
  readonly #read;
  readonly #follow;

  constructor(db: Database) {
    const columns = `trail_id AS trailId, sequence, previous_hash AS previousHash, hash, anchor_id AS anchorId,
      agent_id AS agentId, text`;
    this.#head = db.prepare<[string], TrailEntry>(`
      SELECT ${columns} FROM eatp_trail AS t
      WHERE trail_id = ? AND (sequence = 1 OR EXISTS (
        SELECT 1 FROM eatp_trail WHERE trail_id = t.trail_id AND sequence = t.sequence - 1))
      ORDER BY sequence DESC LIMIT 1`);
    this.#read = db.prepare<[string, number, number], TrailEntry>(`
      SELECT ${columns} FROM eatp_trail WHERE trail_id = ? AND sequence > ? ORDER BY sequence LIMIT ?`);
    // One statement that looks and inserts; that a place is taken already shows in the unique key.
    this.#follow = db.prepare(`
      INSERT INTO eatp_trail (trail_id, sequence, previous_hash, hash, anchor_id, agent_id, text)
      SELECT @trailId, @sequence, @previousHash, @hash, @anchorId, @agentId, @text
      WHERE CASE @sequence WHEN 1 THEN @previousHash = '${TRAIL_START}' ELSE EXISTS (
        SELECT 1 FROM eatp_trail
        WHERE trail_id = @trailId AND sequence = @sequence - 1 AND hash = @previousHash) END
      ON CONFLICT (trail_id, sequence) DO NOTHING`);
  }

  head(trailId: string): TrailEntry | undefined {
    return this.#head.get(trailId);
  }

  read(trailId: string, afterSequence: number, limit: number): TrailEntry[] {
    return this.#read.all(trailId, afterSequence, boundOf(limit));
  }

  append(entry: TrailEntry): void {
    const { changes } = this.#follow.run(entry);
    if (changes === 0) expectNextEntry(entry, this.head(entry.trailId));
  }
}
