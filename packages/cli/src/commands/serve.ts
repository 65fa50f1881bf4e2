import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { viewerHtml } from '@kaizen-eatp/viewer';
import { usage } from '../errors.js';
import { serverOf } from '../server/http-server.js';
import { secretFromFile } from '../session/secrets.js';
import type { Session } from '../session/session.js';
import type { Given } from '../spec/given.js';

/** Serves the viewer on loopback until it is interrupted. */
export async function serve(session: Session, given: Given): Promise<boolean> {
  const file = given.text('tokenFile');
  const token = file === undefined ? randomBytes(32).toString('base64url') : secretFromFile(file, 'token');
  if (!/^[\w.~-]{16,}$/.test(token))
    throw usage('The token is not usable', {
      expected: 'at least 16 letters, digits, dashes, dots and underscores',
    });
  const authorities = Object.entries(session.roots()).map(([id, { publicKey }]) => [id, publicKey] as const);
  const server = serverOf({
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
    await out.raw(`${JSON.stringify({ ok: true, result: { type: 'serving', url, read_only: true } })}\n`);
  else await out.line(`Serving at ${url}`);
  await new Promise<void>((resolve) =>
    session.signal.addEventListener('abort', () => resolve(), { once: true }),
  );
  return true;
}
