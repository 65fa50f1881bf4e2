import { runEntryOf } from '@kaizen-eatp/core/store';
import type { QueryConfig } from 'pg';
import type { EncodedBatch } from './encode-batch.js';

/**
 * The two batches that every step of a run makes, with their values as they are: neither packed nor unpacked as JSON,
 * and without the steps that only other writes need. The same functions check them.
 *
 * @param s - the schema, quoted.
 * @returns undefined for any other batch.
 */
export function directCall({ only }: EncodedBatch, s: string): QueryConfig | undefined {
  if (only?.op === 'open_intent') {
    const { invocationId, trailId, taskId, agentId, action, method, resource } = only.intent;
    const { delegationId, person, attempt, inputDigest, owner, openedAt, authorityId, code } = only.intent;
    return {
      name: 'open_intent',
      text: `SELECT ${s}.open_intent($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
      values: [
        ...[invocationId, trailId, taskId, agentId, action, method, resource],
        ...[delegationId, person, attempt, inputDigest, owner, openedAt, authorityId, code],
      ],
    };
  }
  if (only?.op === 'append_anchor') {
    const { trailId, sequence, previousHash, hash, anchorId, agentId, text } = only.entry;
    return {
      name: 'append_anchor',
      text: `SELECT ${s}.append_anchor($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
      values: [
        ...[trailId, sequence, previousHash, hash, anchorId, agentId, text, only.closesIntent ?? null],
        notedJson(runEntryOf(trailId, agentId, text)),
      ],
    };
  }
  return undefined;
}

const notedJson = (noted: object | undefined): string | null => (noted ? JSON.stringify(noted) : null);
