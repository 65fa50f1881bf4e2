import { authorityCodec, delegationCodec, TrustLineageChain } from '../../chain/index.js';
import { ConstraintRegistry } from '../../constraints/index.js';
import { InMemoryKeyManager } from '../../signing/index.js';
import {
  CheckedStore,
  type DoctorOptions,
  type DoctorReport,
  type DumpRow,
  doctorSettings,
  type StoreFinding,
  type StoreFindingCode,
  type TrailHead,
  type TrustStore,
} from '../../store/index.js';
import { systemClock, timestampToMillis } from '../../wire/index.js';
import { abandonedIntents } from '../audit/gone-owners.js';
import { compareWithCheckpoint } from '../checkpoint/verify-checkpoint.js';
import { Deployment } from '../deployment.js';
import { Presence } from '../presence.js';
import { ReadSet } from '../read-set.js';
import { readStatement } from '../statements/statement.js';
import type { DenialCode } from '../verify/denial.js';
import { judgeOffer } from '../verify/offer.js';
import { verify } from '../verify/verify.js';
import { TrailExamination } from './trail-examination.js';

/** The denials of a record that is unchanged since it was signed. */
const NO_FAULT: ReadonlySet<DenialCode> = new Set<DenialCode>([
  'REVOKED',
  'EXPIRED',
  // An authority can be deactivated after it signed.
  'AUTHORITY_NOT_PERMITTED',
  'CAPABILITY_NOT_HELD',
  'CONSTRAINT_VIOLATED',
  'CONSTRAINT_UNKNOWN',
  'DELEGATION_EXPIRED',
  'DELEGATION_SCOPE',
  'DELEGATION_NOT_IN_FORCE',
  'DELEGATOR_NOT_TRUSTED',
]);

const KEPT =
  'Compare it with a copy of the store from the time of the checkpoint, and find out who changed it.';

const REMEDIES: Readonly<Record<string, string>> = {
  NOTE: 'Check the checkpoint with the key of the authority or of a witness.',
  LOG: 'Stop writing to the store, and put its newest copy back. Keep the checkpoint as evidence.',
  STATEMENTS: 'Stop writing to the store, and put its newest copy back. Keep the checkpoint as evidence.',
  REVOCATION: KEPT,
  DISCLOSURE: KEPT,
  STORE: 'Stop writing to the store and keep its files. Restore a copy, or import an export.',
  AUTHORITY: 'Restore the authority from a good copy.',
  CHAIN: 'Restore the chain from a good copy, or revoke the agent and establish it again.',
  DELEGATION: 'It gives no right. Find out which program wrote it, then revoke it.',
  STATEMENT: 'Nothing can be believed of this store. Put a good copy of it back.',
  TRAIL: 'The entries of the trail from this one on are not proven. Compare them with a copy or a receipt.',
  INTENT:
    'Call recover() of TrustOperations with the keys of the deployment, which closes it as partial. If it stays open, no ' +
    'process of the deployment opened it, or its outcome is recorded: find out which program wrote it, then delete it.',
};

/** The store as if all its authorities were believed: the doctor compares records, and permits nothing. */
const deploymentOver = (store: TrustStore): Deployment =>
  new Deployment(
    CheckedStore.around(store),
    new InMemoryKeyManager(),
    systemClock,
    new ConstraintRegistry(),
    {
      ...{ maxDelegationDepth: 10, strictDelegation: false, unknownConstraints: 'report' },
      ...{
        allowUnboundLegacyCapabilities: false,
        allowUnsignedChainState: false,
        hooks: {},
        roots: 'stored',
      },
    },
  );

/** A finding with the usual remedy for its code. */
export const storeFinding = (code: StoreFindingCode, subject: string, reason: string): StoreFinding => ({
  code,
  subject,
  reason,
  remedy: REMEDIES[code.slice(0, code.indexOf('_'))] as string,
});

type Row = Readonly<Record<string, unknown>>;
type Report = (code: StoreFindingCode, subject: string, reason: string) => void;

/**
 * Examines every record of a store; the part of a store's doctor that is the same for all stores.
 *
 * @param rows - everything that is stored at one moment, in the order of a dump.
 * @param already - the findings of the store's own checks.
 */
export async function examineRecords(
  store: TrustStore,
  rows: Iterable<DumpRow> | AsyncIterable<DumpRow>,
  options: DoctorOptions = {},
  already: readonly StoreFinding[] = [],
): Promise<DoctorReport> {
  const { signatures, checkpoint } = doctorSettings(options);
  const findings = [...already];
  const report: Report = (...finding) => void findings.push(storeFinding(...finding));
  const trust = signatures ? deploymentOver(store) : undefined;
  const trails = new TrailExamination(trust, report);
  const counts = { authorities: 0, chains: 0, delegations: 0, intents: 0 };
  let before: TrailHead | undefined;
  const accepted = new Set<string>();
  for await (const { type, row } of rows) {
    if (type !== 'anchor') await trails.end();
    if (type === 'authority') {
      counts.authorities += 1;
      examineAuthority(row, report);
    } else if (type === 'statement') {
      before = examineStatement(row, before, accepted, report);
    } else if (type === 'chain') {
      counts.chains += 1;
      await examineChain(row, trust, report);
    } else if (type === 'delegation') {
      counts.delegations += 1;
      await examineDelegation(row, accepted, trust, report);
    } else if (type === 'anchor') {
      await trails.take(row);
    } else if (type === 'intent') {
      counts.intents += 1;
    }
  }
  await trails.end();
  if (counts.intents > 0) await examineIntents(store, report);
  if (checkpoint !== undefined) {
    const compared = await compareWithCheckpoint(CheckedStore.around(store), checkpoint, undefined);
    for (const { code, subject, reason } of compared.findings) report(code, subject, reason);
  }
  const examined = { ...counts, trails: trails.trails, anchors: trails.anchors };
  return { healthy: findings.length === 0, findings, examined };
}

function examineAuthority(row: Row, report: Report): void {
  const id = String(row.authority_id);
  const authority = attempt(() => authorityCodec.decodeText(row.text as string));
  if (authority instanceof Error) report('AUTHORITY_UNREADABLE', id, authority.message);
  else if (authority.id !== id) report('AUTHORITY_MISPLACED', id, `it is the authority ${authority.id}`);
}

/** @param accepted - gets the delegation that was accepted. @returns the head after this statement. */
function examineStatement(
  row: Row,
  before: TrailHead | undefined,
  accepted: Set<string>,
  report: Report,
): TrailHead {
  const sequence = Number(row.sequence);
  const entry = {
    ...{ sequence, previousHash: String(row.previous_hash), hash: String(row.hash), text: String(row.text) },
  };
  const statement = attempt(() => readStatement(entry, before));
  if (statement instanceof Error) report('STATEMENT_INVALID', String(sequence), statement.message);
  else if (statement.kind === 'delegation_accepted') accepted.add(statement.body.delegation_id);
  return { sequence, hash: entry.hash };
}

async function examineChain(row: Row, trust: Deployment | undefined, report: Report): Promise<void> {
  const agentId = String(row.agent_id);
  const chain = attempt(() => TrustLineageChain.parse(row.text as string));
  if (chain instanceof Error) return report('CHAIN_UNREADABLE', agentId, chain.message);
  if (chain.agentId !== agentId)
    return report('CHAIN_MISPLACED', agentId, `it is the chain of ${chain.agentId}`);
  const { authorityId, expiresAt = null } = chain.genesis;
  const isCopied =
    (row.authority_id === null || row.authority_id === authorityId) &&
    isSameMoment(row.expires_at, expiresAt);
  if (!isCopied) report('CHAIN_MISPLACED', agentId, 'the row and the record differ in authority or expiry');
  if (row.active !== true || !trust) return;
  const { denial } = await verify(trust, { agentId, action: 'execute', level: 'full' });
  if (denial && !NO_FAULT.has(denial.code)) report('CHAIN_SIGNATURE', agentId, denial.reason);
}

async function examineDelegation(
  row: Row,
  accepted: ReadonlySet<string>,
  trust: Deployment | undefined,
  report: Report,
): Promise<void> {
  const id = String(row.delegation_id);
  const record = attempt(() => delegationCodec.decodeText(row.text as string));
  if (record instanceof Error) return report('DELEGATION_UNREADABLE', id, record.message);
  const isSame =
    record.id === id &&
    (record.taskId ?? '') === row.task_id &&
    record.delegatorId === row.delegator_id &&
    record.delegateeId === row.delegatee_id &&
    (record.parentDelegationId ?? null) === row.parent_delegation_id;
  if (!isSame) return report('DELEGATION_MISPLACED', id, 'the ledger and the record differ');
  if (row.status === 'offered' && accepted.has(id))
    return report('DELEGATION_REVIVED', id, 'it is offered again, and a statement says that it was accepted');
  if (row.status === 'offered' && trust) return examineOffer(id, trust, report);
  if (row.status !== 'in_force' || !trust) return;
  const { denial } = await verify(trust, {
    agentId: record.delegateeId,
    action: 'execute',
    delegationId: id,
    level: 'full',
  });
  if (denial && !NO_FAULT.has(denial.code)) report('DELEGATION_SIGNATURE', id, denial.reason);
}

/** An offer that its delegator could not make any more is no fault of a record. */
async function examineOffer(id: string, trust: Deployment, report: Report): Promise<void> {
  const reads = new ReadSet(trust);
  await reads.need({ delegationId: id });
  const [entry] = reads.path(id);
  const judged = entry && (await judgeOffer(reads, entry, true));
  if (judged && 'code' in judged && !NO_FAULT.has(judged.code) && judged.code !== 'DELEGATION_WIDENED')
    report('DELEGATION_SIGNATURE', id, judged.reason);
}

/** Reports the intents whose owners have ended. Those that their owners have closed meanwhile are not read again. */
async function examineIntents(store: TrustStore, report: Report): Promise<void> {
  const deployment = { store, presence: new Presence(store) };
  const abandoned = await abandonedIntents(deployment, await store.openIntents());
  const left = abandoned.length > 0 ? await store.openIntents() : [];
  const open = new Set(left.map(({ invocationId }) => invocationId));
  for (const { invocationId, agentId, action, openedAt } of abandoned) {
    if (!open.has(invocationId)) continue;
    const what = `${agentId} was about to '${action}' at ${openedAt}, and no outcome was recorded`;
    report('INTENT_ORPHANED', invocationId, `${what} before its process ended`);
  }
}

function attempt<T>(read: () => T): T | Error {
  try {
    return read();
  } catch (error) {
    return error as Error;
  }
}

/** Whether two times are the same moment, however they are written; or whether there is none. */
function isSameMoment(a: unknown, b: string | null): boolean {
  if (a === null || a === undefined || b === null) return (a ?? null) === b;
  return a === b || attemptMillis(String(a)) === attemptMillis(b);
}

const attemptMillis = (text: string): unknown => {
  const at = attempt(() => timestampToMillis(text));
  return at instanceof Error ? at : Number.isNaN(at) ? text : at;
};
