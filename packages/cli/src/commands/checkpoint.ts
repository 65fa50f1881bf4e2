import {
  type CheckpointSink,
  createWitness,
  fileSink,
  readCheckpoint,
  verifierKey,
  witnessServer,
  witnessSink,
} from '@kaizen-eatp/core/checkpoints';
import { usage } from '../errors.js';
import { counted, fields } from '../output/lines.js';
import { readCheckpointAt } from '../reading/checkpoints.js';
import type { Session } from '../session/session.js';
import type { Outcome } from '../spec/command-spec.js';
import type { Given } from '../spec/given.js';

/** Makes a checkpoint of the store. */
export async function create(session: Session, given: Given): Promise<Outcome> {
  const [authorityId, origin, file] = [given.text('authority'), given.text('origin'), given.text('file')];
  const sinks: CheckpointSink[] = [
    ...given.each('witness').map((pair) => witnessOf(pair)),
    ...(file === undefined ? [] : [fileSink(file)]),
  ];
  const trust = await session.trust();
  const { note, findings } = await trust.checkpoint({
    sinks,
    ...(authorityId !== undefined && { authorityId }),
    ...(origin !== undefined && { origin }),
  });
  const { origin: name, size } = readCheckpoint(note);
  const authority = await trust.getAuthority(authorityId ?? session.settings().recorder ?? '');
  const key = authority && verifierKey({ name, publicKey: authority.publicKey });
  const different = findings.map(({ code, subject, reason }) => `  ${code} ${subject}: ${reason}`);
  const kept = fields([
    ['Log', name],
    ['Key of the log', key],
    ['File', file],
  ]);
  const about = [`Checkpoint created, ${counted(size, 'entry', 'entries')}.`, ...kept, ...different];
  // The note stands alone, so that a shell can keep it.
  if (file === undefined && !session.out.settings.json) for (const line of about) session.out.note(line);
  return {
    yes: findings.length === 0,
    result: { origin: name, size, findings, note, log_key: key ?? null, file: file ?? null },
    lines: file === undefined ? note.trimEnd().split('\n') : about,
  };
}

/** Compares the store with a checkpoint that was kept elsewhere. */
export async function verify(session: Session, given: Given): Promise<Outcome> {
  const checkpoint = readCheckpointAt(given.argument(0));
  const trust = await session.trust();
  const { consistent, findings, changes, origin, size, signedBy } = await trust.verifyCheckpoint(checkpoint, {
    keys: given.each('key'),
  });
  return {
    yes: consistent,
    result: {
      consistent,
      origin,
      size,
      findings,
      changes,
      signed_by: signedBy.map(({ name, publicKey, at }) => ({
        name,
        public_key: publicKey,
        at: at?.toISOString() ?? null,
      })),
    },
    lines: [
      consistent
        ? `VALID: the store has everything that the checkpoint names, ${counted(size, 'entry', 'entries')}.`
        : `INVALID: ${counted(findings.length, 'difference')} that no signed record explains.`,
      ...findings.map(({ code, subject, reason }) => `  ${code} ${subject}: ${reason}`),
      ...fields([
        ['Log', origin],
        ['Signed by', [...new Set(signedBy.map(({ name }) => name))].join(', ') || 'no known key'],
        ['Changed since', changes.length],
      ]),
    ],
  };
}

/** Serves a witness on this machine, until it is interrupted. */
export async function witness(session: Session, given: Given): Promise<boolean> {
  const name = given.required('name');
  const made = await createWitness({
    name,
    keyManager: session.keys,
    keyId: given.text('key') ?? `witness-${name.replaceAll(/[^\w.-]/g, '-')}`,
    logs: [...given.each('log')],
    file: given.required('file'),
  });
  const server = witnessServer(made);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(given.count('port', { most: 65_535 }) ?? 0, given.text('host') ?? '127.0.0.1', resolve);
  });
  session.atEnd(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const { address, port, family } = server.address() as { address: string; port: number; family: string };
  const url = `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
  const key = verifierKey(made.key, 'cosignature');
  const { out } = session;
  if (out.settings.json)
    await out.raw(`${JSON.stringify({ ok: true, result: { type: 'serving', url, key } })}\n`);
  else {
    await out.line(`Serving at ${url}`);
    await out.line(`  Key: ${key}`);
  }
  await session.serve();
  return true;
}

/** Reads a witness. @throws CliError `COMMAND_USAGE`. */
function witnessOf(pair: string): CheckpointSink {
  const [, url, key] = /^(https?:[^,]+),(.+)$/s.exec(pair) ?? [];
  if (url !== undefined && key !== undefined) return witnessSink({ url, key });
  throw usage('`--witness` names a witness by its address and its key', {
    expected: 'URL,KEY, as kaizen-eatp witness prints them',
    received: `'${pair}'`,
  });
}
