import { Packr } from 'msgpackr';
import { WebSocketServer } from 'ws';
import { startPython } from '../python-child.js';

/** The same two libraries on either side, in the same direction, and nothing else: a number tells the answers apart. */
export async function setup() {
  const packr = new Packr({ useRecords: false });
  const server = new WebSocketServer({
    host: '127.0.0.1',
    port: 0,
    perMessageDeflate: false,
    maxPayload: 2 ** 25,
  });
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  const child = startPython('bare_echo.py', `ws://127.0.0.1:${port}`);
  /** @type {import('ws').WebSocket} */
  const socket = await new Promise((resolve) => server.once('connection', resolve));
  /** @type {Map<number, (value: unknown) => void>} */
  const waiting = new Map();
  let last = 0;
  socket.on('message', (data) => {
    const [number, value] = packr.unpack(/** @type {Buffer} */ (data));
    waiting.get(number)?.(value);
    waiting.delete(number);
  });
  return {
    pids: child.pids,
    /** @param {unknown} value */
    call(value) {
      last += 1;
      const number = last;
      return new Promise((resolve) => {
        waiting.set(number, resolve);
        socket.send(packr.pack([number, value]));
      });
    },
    async close() {
      await child.stop();
      server.close();
    },
  };
}
