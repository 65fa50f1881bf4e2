import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { viewerHtml } from '@kaizen-eatp/viewer';
import { usage } from '../errors.js';
import { readCheckpointAt } from '../reading/checkpoints.js';
import type { Approver } from '../server/approval-answers.js';
import { serverOf } from '../server/http-server.js';
import { secretFromFile } from '../session/secrets.js';
import type { Session } from '../session/session.js';
import type { Given } from '../spec/given.js';
import { approverKeys } from './approvals.js';

/** Serves the viewer on loopback until it is interrupted. */
export async function serve(session: Session, given: Given): Promise<boolean> {
  const file = given.text('tokenFile');
  const token = file === undefined ? randomBytes(32).toString('base64url') : secretFromFile(file, 'token');
  if (!/^[\w.~-]{16,}$/.test(token))
    throw usage('The token is not usable', {
      expected: 'at least 16 letters, digits, dashes, dots and underscores',
    });
  const authorities = Object.entries(session.roots()).map(([id, { publicKey }]) => [id, publicKey] as const);
  const approverId = given.text('approveAs');
  const isUnlocked = await unlock(session, approverId !== undefined);
  const checkpoint = given.text('checkpoint');
  if (checkpoint === '-')
    throw usage('`--checkpoint` names a file, which is read again for each look', { received: '-' });
  // A wrong path is better known now than when someone looks.
  if (checkpoint !== undefined) readCheckpointAt(checkpoint);
  const server = serverOf({
    checkpoint: () => (checkpoint === undefined ? undefined : readCheckpointAt(checkpoint)),
    isUnlocked,
    approver: approverId === undefined ? undefined : await approverOf(session, given, approverId),
    store: await session.store(),
    trust: await session.trust(),
    page: viewerHtml(),
    name: given.text('name') ?? 'Kaizen EATP',
    authorities: Object.fromEntries(authorities),
    token,
    signal: session.signal,
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(given.count('port', { most: 65_535 }) ?? 0, '127.0.0.1', resolve);
  });
  session.atEnd(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}/#token=${token}`;
  const { out } = session;
  if (out.settings.json)
    await out.raw(
      `${JSON.stringify({ ok: true, result: { type: 'serving', url, read_only: approverId === undefined } })}\n`,
    );
  else {
    await out.line(`Serving at ${url}`);
    if (!isUnlocked)
      out.note('Receipts and approvals are not served: they need the passphrase, by --passphrase-file.');
  }
  await session.serve();
  return true;
}

/** Opens the keys, if their passphrase is given without a prompt or they are needed. @throws KeyError `KEY_PASSPHRASE_WRONG`. */
async function unlock(session: Session, isNeeded: boolean): Promise<boolean> {
  if (!isNeeded && (!session.hasPassphrase || (await session.keyList()).length === 0)) return false;
  await session.keys.unlock();
  return true;
}

/** @throws CliError `COMMAND_USAGE`, KeyError. */
async function approverOf(session: Session, given: Given, approverId: string): Promise<Approver> {
  const keyId = given.text('key') ?? approverId;
  const keyManager = await approverKeys(session, given);
  if ((await keyManager.publicKey(keyId)) !== undefined) return { approverId, keyManager, keyId };
  throw usage(`There is no key '${keyId}' to sign with`, {
    remedy: 'Pass the key of the approver with --key, and its folder with --approver-keys.',
  });
}
