import type { Authority } from '../../chain/index.js';
import { AuthorityError, CheckpointError, InvalidArgumentError, StoreError } from '../../errors/index.js';
import {
  CHECKPOINT_TRAIL,
  type CheckpointFinding,
  type CheckpointRecord,
  linkHash,
  type StoreWrite,
} from '../../store/index.js';
import { signAnchor } from '../audit/anchor.js';
import { establishRecorder, recorderAgentOf } from '../audit/recorder.js';
import { signerFor } from '../audit/trail-signer.js';
import type { Deployment } from '../deployment.js';
import { ReadSet } from '../read-set.js';
import { CHECKPOINT_ACTION, leavesContext } from './checkpoint-log.js';
import { checkpointText } from './checkpoint-note.js';
import { type CheckpointRequest, parseCheckpointRequest } from './checkpoint-request.js';
import { handOver } from './hand-over.js';
import { type Leaf, leafText } from './leaf.js';
import { isNoteName, noteSignature, signedText, writeNote } from './signed-note.js';
import { Survey } from './survey.js';
import { TrustedLog } from './trusted-log.js';

/** A checkpoint that was made. */
export interface MadeCheckpoint extends CheckpointRecord {
  /**
   * Differences to earlier checkpoints that no signed record explains. The new checkpoint repeats what the earlier ones say
   * about these records, so that they stay reported.
   */
  readonly findings: readonly CheckpointFinding[];
}

/** How many leaves one anchor of the log carries, and how many anchors one commit has. */
const LEAVES = 1_000;
const ANCHORS = 20;

/** Each attempt that fails means that another process went on with the log. */
const MAX_ATTEMPTS = 50;

/** Adds what changed in the store to the log of checkpoints, signs its root, and hands it to the sinks. */
export async function createCheckpoint(
  deployment: Deployment,
  given: CheckpointRequest = {},
): Promise<MadeCheckpoint> {
  const request = parseCheckpointRequest(given);
  const authority = await signerOf(deployment, request.authorityId);
  await establishRecorder(deployment, authority.id);
  const log = new TrustedLog(deployment);
  await log.refresh();
  const start = log.leaves.length;
  const findings = await extend(deployment, log, authority, request.origin);
  const note = await signNote(deployment, log, authority);
  let record: CheckpointRecord = { note, start, leaves: log.leaves.slice(start) };
  const sinks = request.sinks ?? [];
  const failures = new Map<number, unknown>();
  for (const [place, sink] of sinks.entries()) {
    try {
      record = await handOver(sink, record, log);
    } catch (error) {
      // A witness that is down must not keep the checkpoint from the file after it.
      failures.set(place, error);
    }
  }
  const [failure] = failures.values();
  if (failures.size === 1) throw failure;
  if (failures.size > 1) throw CheckpointError.notKept(failures, sinks.length);
  return { ...record, findings };
}

async function signerOf(deployment: Deployment, given: string | undefined): Promise<Authority> {
  const id = given ?? deployment.settings.recorder;
  if (id === undefined) {
    throw new AuthorityError('RECORDER_REQUIRED', 'Nothing can sign the checkpoint', {
      expected: 'an authority in the request, or a deployment that names a recorder',
      received: 'neither',
      remedy: 'Pass `authorityId` to checkpoint(), or `recorder` to TrustOperations.',
    });
  }
  const authority = await deployment.signingAuthority(id);
  const missing = deployment.keys.expect(authority);
  if (missing) await missing;
  return authority;
}

/** Appends leaves until the log says about every record what the store has. */
async function extend(
  deployment: Deployment,
  log: TrustedLog,
  authority: Authority,
  origin: string | undefined,
): Promise<readonly CheckpointFinding[]> {
  for (let attempt = 1; ; attempt++) {
    const survey = await surveyOf(deployment, log);
    const leaves = [...originLeaf(log, authority, origin), ...missingLeaves(log, survey)];
    try {
      await append(deployment, log, authority, leaves);
      return survey.findings;
    } catch (error) {
      if (!(error instanceof StoreError && error.code === 'TRAIL_FORK') || attempt === MAX_ATTEMPTS)
        throw error;
    } finally {
      await log.refresh();
    }
  }
}

async function surveyOf(deployment: Deployment, log: TrustedLog): Promise<Survey> {
  await deployment.statements.refresh();
  const { state } = deployment.statements;
  const keyOf = (id: string): string | null => state.authority(id)?.publicKey ?? null;
  const survey = new Survey(log.trusted, log.chainDigests(), deployment.store, keyOf);
  for await (const row of deployment.store.inventory()) await survey.take(row);
  await survey.end();
  return survey;
}

/** The facts that the log lacks, or that it states differently because a writer to the store added leaves to it. */
const missingLeaves = (log: TrustedLog, { current }: Survey): Leaf[] =>
  [...current].flatMap(([subject, leaf]) => {
    const said = log.latest.get(subject)?.leaf;
    return said && leafText(said) === leafText(leaf) ? [] : leaf;
  });

function originLeaf(log: TrustedLog, { id }: Authority, given: string | undefined): Leaf[] {
  const { origin } = log;
  if (origin !== undefined) {
    if (given === undefined || given === origin) return [];
    throw invalidOrigin(`'${origin}', the name that the log of this store has`, given);
  }
  if (given !== undefined && !isNoteName(given))
    throw invalidOrigin("a name without white space and '+'", given);
  return [{ kind: 'log', id: given ?? `kaizen-eatp/${encodeURIComponent(id)}/${crypto.randomUUID()}` }];
}

const invalidOrigin = (expected: string, received: string): InvalidArgumentError =>
  new InvalidArgumentError('`origin` cannot be the name of the log', {
    expected,
    received,
    remedy: 'Omit it.',
  });

async function append(
  deployment: Deployment,
  log: TrustedLog,
  authority: Authority,
  leaves: readonly Leaf[],
): Promise<void> {
  let { sequence, hash: previous } = log.head;
  let writes: StoreWrite[] = [];
  const agentId = recorderAgentOf(authority.id);
  for (let from = 0; from < leaves.length; from += LEAVES) {
    const part = leaves.slice(from, from + LEAVES);
    const draft = {
      ...{ agentId, action: CHECKPOINT_ACTION, result: 'success' as const, context: {} },
      exact: leavesContext(log.leaves.length + from, part),
    };
    const { adapt, evidence, authority: signer } = await signerFor(new ReadSet(deployment), draft);
    sequence += 1;
    const placed = adapt(draft, { id: CHECKPOINT_TRAIL, sequence, previous });
    const { anchor, text } = await signAnchor(deployment, placed, evidence, signer, log.at);
    const hash = linkHash(previous, text);
    const entry = {
      ...{ trailId: CHECKPOINT_TRAIL, sequence, previousHash: previous, hash },
      ...{ anchorId: anchor.id, agentId: anchor.agentId, text },
    };
    writes.push({ op: 'append_anchor', entry });
    previous = hash;
    if (writes.length < ANCHORS) continue;
    await deployment.store.commit(writes);
    writes = [];
  }
  if (writes.length > 0) await deployment.store.commit(writes);
}

/** The checkpoint of the whole log, signed by the authority, with and without the time. */
async function signNote(deployment: Deployment, log: TrustedLog, authority: Authority): Promise<string> {
  const origin = log.origin as string;
  const text = checkpointText({ origin, size: log.leaves.length, root: log.tree.root() });
  const key = { name: origin, publicKey: authority.publicKey };
  const seconds = Math.floor(deployment.now() / 1000);
  const signatures = [
    noteSignature(key, await deployment.sign(signedText(text), authority)),
    noteSignature(key, await deployment.sign(signedText(text, seconds), authority), seconds),
  ];
  return writeNote({ text, signatures });
}
