import { TrustOperations } from '@kaizen-eatp/core';
import { AuthorityError, InvalidTrustChainError } from '@kaizen-eatp/core/errors';
import {
  authorityCodec,
  delegationCodec,
  timestampToMillis,
  TrustLineageChain,
} from '@kaizen-eatp/core/records';
import { linkHash, type StoredChain, TRAIL_START, type TrustStore } from '@kaizen-eatp/core/store';
import type { Database } from 'better-sqlite3';
import type { DatabaseFile } from './database-file.js';

export interface DoctorOptions {
  /** Whether every signature is checked too, about 0.2 ms an anchor. Default: true. */
  readonly signatures?: boolean;
  /** How old an open intent must be, in milliseconds, to have been left by a crash. Default: 60,000. */
  readonly minimumAge?: number;
}

export type DoctorCode =
  | 'FILE_DAMAGED'
  | 'TRAIL_FORK'
  | 'TRAIL_GAP'
  | 'TRAIL_LINK_BROKEN'
  | 'TRAIL_SIGNATURE'
  | 'CHAIN_UNREADABLE'
  | 'CHAIN_MISPLACED'
  | 'CHAIN_SIGNATURE'
  | 'AUTHORITY_UNREADABLE'
  | 'DELEGATION_UNREADABLE'
  | 'INTENT_ORPHANED';

export interface DoctorFinding {
  readonly code: DoctorCode;
  /** The trail, agent, authority, delegation or invocation concerned; the path for a damaged file. */
  readonly subject: string;
  readonly reason: string;
}

export interface DoctorReport {
  readonly healthy: boolean;
  readonly findings: readonly DoctorFinding[];
  /** How many of each were looked at. */
  readonly examined: { readonly chains: number; readonly trails: number; readonly anchors: number };
}

type Report = (code: DoctorCode, subject: string, reason: string) => void;

const PAGE = 500;

/** Looks at everything at one moment, through a connection of its own and with pauses for other work. */
export async function examine(
  store: TrustStore,
  file: DatabaseFile,
  { signatures = true, minimumAge = 60_000 }: DoctorOptions,
): Promise<DoctorReport> {
  const findings: DoctorFinding[] = [];
  const report: Report = (code, subject, reason) => void findings.push({ code, subject, reason });
  const trust = signatures ? new TrustOperations({ store }) : undefined;
  const db = file.another({ readonly: true });
  try {
    db.exec('BEGIN');
    for (const line of db.prepare('PRAGMA quick_check(20)').pluck().all()) {
      if (line !== 'ok') report('FILE_DAMAGED', file.path, String(line));
    }
    const { trails, anchors } = await examineTrails(db, report);
    for (const trailId of trust ? trails : [])
      await examineAnchors(trust as TrustOperations, trailId, report);
    const chains = await examineChains(store, trust, report);
    examineRecords(db, report);
    await examineIntents(store, minimumAge, report);
    return {
      healthy: findings.length === 0,
      findings,
      examined: { chains, trails: trails.size, anchors },
    };
  } finally {
    db.close();
  }
}

interface Entry {
  readonly ordinal: number;
  readonly trail_id: string;
  readonly sequence: number;
  readonly previous_hash: string;
  readonly hash: string;
  readonly text: string;
}

async function examineTrails(
  db: Database,
  report: Report,
): Promise<{ trails: Set<string>; anchors: number }> {
  const page = db.prepare<[string, number, number], Entry>(`
    SELECT ordinal, trail_id, sequence, previous_hash, hash, text FROM eatp_trail
    WHERE (trail_id, sequence, ordinal) > (?, ?, ?) ORDER BY trail_id, sequence, ordinal LIMIT ${PAGE}`);
  const trails = new Set<string>();
  let anchors = 0;
  let last: Pick<Entry, 'trail_id' | 'sequence' | 'ordinal' | 'hash'> | undefined;
  for (;;) {
    const entries = page.all(last?.trail_id ?? '', last?.sequence ?? 0, last?.ordinal ?? 0);
    for (const entry of entries) {
      const before = last?.trail_id === entry.trail_id ? last : { sequence: 0, hash: TRAIL_START };
      checkLink(entry, before, report);
      trails.add(entry.trail_id);
      last = entry;
    }
    anchors += entries.length;
    if (entries.length < PAGE) return { trails, anchors };
    await pause();
  }
}

function checkLink(entry: Entry, before: Pick<Entry, 'sequence' | 'hash'>, report: Report): void {
  const { trail_id: trailId, sequence } = entry;
  if (sequence === before.sequence) {
    report('TRAIL_FORK', trailId, `there are two entries ${sequence}`);
    return;
  }
  if (sequence !== before.sequence + 1)
    report('TRAIL_GAP', trailId, `entry ${sequence} follows entry ${before.sequence}`);
  else if (entry.previous_hash !== before.hash)
    report('TRAIL_LINK_BROKEN', trailId, `entry ${sequence} does not follow the one before it`);
  if (linkHash(entry.previous_hash, entry.text) !== entry.hash)
    report('TRAIL_LINK_BROKEN', trailId, `entry ${sequence} was changed`);
}

async function examineAnchors(trust: TrustOperations, trailId: string, report: Report): Promise<void> {
  const { problems } = await trust.verifyTrail(trailId);
  for (const { code, reason, sequence } of problems) {
    if (code !== 'GAP' && code !== 'LINK_BROKEN')
      report('TRAIL_SIGNATURE', trailId, `entry ${sequence}: ${reason}`);
  }
  await pause();
}

async function examineChains(
  store: TrustStore,
  trust: TrustOperations | undefined,
  report: Report,
): Promise<number> {
  let count = 0;
  for (let afterAgentId = ''; ; await pause()) {
    const chains = await store.listChains({ afterAgentId, limit: PAGE });
    for (const chain of chains) await examineChain(chain, trust, report);
    count += chains.length;
    if (chains.length < PAGE) return count;
    afterAgentId = chains.at(-1)?.agentId as string;
  }
}

async function examineChain(
  { agentId, text, active }: StoredChain,
  trust: TrustOperations | undefined,
  report: Report,
): Promise<void> {
  const chain = attempt(() => TrustLineageChain.parse(text));
  if (chain instanceof Error) return report('CHAIN_UNREADABLE', agentId, chain.message);
  if (chain.agentId !== agentId)
    return report('CHAIN_MISPLACED', agentId, `it is the chain of ${chain.agentId}`);
  if (!active || !trust) return;
  try {
    await trust.exportChain(agentId);
  } catch (error) {
    // A chain that has expired is in order; only what has no denial behind it is no fault of the signatures.
    const isUnsigned = error instanceof InvalidTrustChainError && error.evidence.denial !== undefined;
    if (isUnsigned || error instanceof AuthorityError) report('CHAIN_SIGNATURE', agentId, error.message);
    else if (!(error instanceof InvalidTrustChainError)) throw error;
  }
}

function examineRecords(db: Database, report: Report): void {
  const authorities = db.prepare<[], { id: string; text: string }>(
    'SELECT authority_id AS id, text FROM eatp_authorities',
  );
  for (const { id, text } of authorities.iterate()) {
    const authority = attempt(() => authorityCodec.decodeText(text));
    if (authority instanceof Error) report('AUTHORITY_UNREADABLE', id, authority.message);
    else if (authority.id !== id) report('AUTHORITY_UNREADABLE', id, `it is the authority ${authority.id}`);
  }
  const delegations = db.prepare<[], { id: string; text: string }>(
    'SELECT delegation_id AS id, text FROM eatp_delegations',
  );
  for (const { id, text } of delegations.iterate()) {
    const delegation = attempt(() => delegationCodec.decodeText(text));
    if (delegation instanceof Error) report('DELEGATION_UNREADABLE', id, delegation.message);
    else if (delegation.id !== id)
      report('DELEGATION_UNREADABLE', id, `it is the delegation ${delegation.id}`);
  }
}

async function examineIntents(store: TrustStore, minimumAge: number, report: Report): Promise<void> {
  for (const { invocationId, openedAt, action } of await store.openIntents()) {
    const opened = attempt(() => timestampToMillis(openedAt));
    if (typeof opened === 'number' && Date.now() - opened < minimumAge) continue;
    report(
      'INTENT_ORPHANED',
      invocationId,
      `'${action}' was begun at ${openedAt} and has no outcome; see recover()`,
    );
  }
}

function attempt<T>(read: () => T): T | Error {
  try {
    return read();
  } catch (error) {
    return error as Error;
  }
}

const pause = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
