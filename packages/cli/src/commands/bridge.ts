import type { BridgeEvent } from '@kaizen-eatp/bridge-python';
import { usage } from '../errors.js';
import { secretFromFile } from '../session/secrets.js';
import type { Session } from '../session/session.js';
import type { Outcome } from '../spec/command-spec.js';
import type { Given } from '../spec/given.js';
import { readText } from './authority.js';

const KEY_ID = 'bridge';
const EVENTS = [
  ...(['joined', 'left', 'workerJoined', 'workerDraining', 'workerLeft', 'warning'] as const),
  ...(['interrupted', 'resumed', 'refused', 'violation'] as const),
];

/** Lets Python workers join with their agents, until it is interrupted. */
export async function serve(session: Session, given: Given): Promise<boolean> {
  const { PythonBridge } = await import('@kaizen-eatp/bridge-python');
  const { openControl } = await import('../bridge/control.js');
  const trust = await session.trust();
  const host = given.text('host');
  const bridge = await PythonBridge.listen({
    trust,
    port: given.count('port', { most: 65_535 }) ?? 0,
    // The same key at every start, so that workers know the bridge again.
    privateKey: await session.keys.seed(KEY_ID),
    ...(host !== undefined && { host }),
    ...tlsOf(given),
  });
  session.atEnd(() => bridge.close());
  session.atEnd(await openControl(session.spec.keys, bridge));
  const { out } = session;
  const tell = (event: object, line: string): void =>
    void (out.settings.json ? out.raw(`${JSON.stringify({ ok: true, result: event })}\n`) : out.line(line));
  tell({ type: 'listening', url: bridge.url, public_key: bridge.publicKey }, `Listening on ${bridge.url}`);
  for (const type of EVENTS) bridge.on(type, (event) => tell(event, describe(event)));
  await session.serve();
  return true;
}

function tlsOf(given: Given): { tls: { cert: string; key: string } } | object {
  const [cert, key] = [given.text('tlsCert'), given.text('tlsKey')];
  if (cert === undefined && key === undefined) return {};
  if (cert === undefined || key === undefined)
    throw usage('TLS needs a certificate and its key', { expected: '--tls-cert and --tls-key' });
  return { tls: { cert: readText(cert), key: secretFromFile(key, 'key of the certificate') } };
}

function describe(event: BridgeEvent): string {
  switch (event.type) {
    case 'joined':
      return `joined: ${event.agent} (${event.agentId}), ${event.software}`;
    case 'left':
      return `left: ${event.agent} (${event.agentId}): ${event.reason}`;
    case 'interrupted':
    case 'resumed':
      return `${event.type}: ${event.agents.join(', ')}`;
    case 'workerJoined':
    case 'workerDraining':
    case 'workerLeft':
      return `${event.type}: ${event.worker.agents.join(', ')} at ${event.worker.address}`;
    case 'warning':
      return `warning: ${event.code}: ${event.message}`;
    default:
      return `${event.type}: ${event.address}: ${event.code}: ${event.message}`;
  }
}

/** Asks the bridge that runs for an enrolment token. */
export async function token(session: Session, given: Given): Promise<Outcome> {
  const { askForToken } = await import('../bridge/control.js');
  const expiresIn = given.duration('expiresIn');
  const constraints = given.list('constraints');
  const agents = Object.fromEntries(
    given.each('agent').map((pair) => {
      const [name = '', list = ''] = pair.split('=', 2);
      const capabilities = list.split(',').filter((item) => item !== '');
      return [name, { capabilities, ...(constraints.length > 0 && { constraints }) }];
    }),
  );
  const text = await askForToken(session.spec.keys, {
    authorityId: given.required('authority'),
    agents,
    ...(expiresIn !== undefined && { expiresIn }),
  });
  return {
    result: { token: text, agents: Object.keys(agents), expires_in: expiresIn ?? 3_600_000 },
    // The token stands alone, so that a shell can take it.
    lines: [text],
  };
}
