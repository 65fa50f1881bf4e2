// Attacks a bridge: arguments are the kind of the flood, the address, and an enrolment token for an agent of the kind's name.
import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { connect } from 'node:net';
import { Packr, Unpackr } from 'msgpackr';
import { WebSocket } from 'ws';

const [, , kind, url, token] = process.argv;
const { hostname, port } = new URL(url);
const packr = new Packr({ useRecords: false });
const unpackr = new Unpackr({ useRecords: false });
const HELLO = 10;
const JOIN = 12;
const WELCOME = 13;
const INVOKE = 20;
const RESULT = 21;
const UPGRADE =
  'GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n' +
  'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n';

const open = () => connect(Number(port), hostname).on('error', () => undefined);
const sha256 = (/** @type {Uint8Array} */ bytes) => createHash('sha256').update(bytes).digest();

/** @type {Record<string, () => void>} */
const floods = {
  'half-open'() {
    let count = 0;
    /** @type {import('node:net').Socket[]} */
    const held = [];
    setInterval(() => {
      for (let i = 0; i < 5; i += 1) {
        count += 1;
        const socket = open().resume();
        if (count % 2) socket.write(UPGRADE);
        held.push(socket);
      }
      while (held.length > 2_000) held.shift()?.destroy();
    }, 10);
  },
  joins() {
    const agents = Array.from({ length: 256 }, (_, i) => ({
      name: `agent-${i}`,
      public_key: randomBytes(32),
      kind: 'function',
    }));
    const signatures = Object.fromEntries(agents.map(({ name }) => [name, randomBytes(64)]));
    const body = packr.pack({ agents, token, max_in_flight: 256, capabilities: null });
    const join = packr.pack([JOIN, { body, signatures }]);
    setInterval(() => {
      const socket = new WebSocket(url, { perMessageDeflate: false });
      socket.on('error', () => undefined);
      socket.on('open', () => socket.send(hello()));
      socket.on('message', () => socket.send(join));
    }, 20);
  },
  'slow-logins'() {
    const start = () => {
      const socket = open().resume();
      socket.on('close', () => setTimeout(start, 50));
      let at = 0;
      const timer = setInterval(() => {
        if (socket.destroyed || at === UPGRADE.length) return clearInterval(timer);
        socket.write(UPGRADE[at]);
        at += 1;
      }, 50);
    };
    for (let i = 0; i < 100; i += 1) start();
  },
  values: workers,
  large: workers,
};

function workers() {
  const array = (/** @type {number} */ count, /** @type {number} */ item) => {
    const bytes = Buffer.alloc(5 + count, item);
    bytes[0] = 0xdd;
    bytes.writeUInt32BE(count, 1);
    return bytes;
  };
  const text = Buffer.alloc(1_000_005, 0xff);
  text.set([0xdb, 0, 0x0f, 0x42, 0x40]);
  const refused = [array(4_000_000, 0x80), Buffer.alloc(1_000_000, 0x91), text, array(900_000, 0xc1)];
  const answers = kind === 'large' ? [array(1_000_000, 0x80)] : refused;
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const key = publicKey.export({ type: 'spki', format: 'der' }).subarray(-32);
  const greeting = hello();
  const socket = new WebSocket(url, { perMessageDeflate: false });
  socket.on('open', () => socket.send(greeting));
  let sent = 0;
  socket.on('message', (/** @type {Buffer} */ data) => {
    for (const [type, number, fields] of unpackr.unpackMultiple(data)) {
      if (type === 11) {
        const body = packr.pack({
          agents: [{ name: kind, public_key: key, kind: 'function' }],
          token,
          max_in_flight: 256,
          capabilities: null,
        });
        const preimage = Buffer.concat([
          Buffer.from('kaizen-eatp-bridge/3 agent\n'),
          sha256(greeting),
          sha256(data),
          sha256(body),
        ]);
        const signatures = { [kind]: sign(null, preimage, privateKey) };
        socket.send(packr.pack([JOIN, { body, signatures }]));
      } else if (type === WELCOME) process.send?.('ready');
      else if (type === INVOKE) {
        sent += 1;
        const output = answers[sent % answers.length];
        socket.send(packr.pack([0, number]));
        socket.send(packr.pack([RESULT, sent, { call: fields.call, output }]));
      }
    }
  });
}

/** The first message of a login. */
function hello() {
  return packr.pack([
    HELLO,
    {
      versions: [3],
      session: randomBytes(16),
      resume: false,
      received: 0,
      nonce: randomBytes(32),
      software: 'flood',
    },
  ]);
}

floods[kind]();
if (kind !== 'values' && kind !== 'large') setTimeout(() => process.send?.('ready'), 500);
process.once('disconnect', () => process.exit());
