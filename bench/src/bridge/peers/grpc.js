import { Client, credentials } from '@grpc/grpc-js';
import { Packr } from 'msgpackr';
import { startPython } from '../python-child.js';

export async function setup() {
  const packr = new Packr({ useRecords: false });
  const child = startPython('grpc_echo.py');
  const client = new Client(`127.0.0.1:${await child.ready()}`, credentials.createInsecure(), {
    'grpc.max_receive_message_length': 2 ** 25,
    'grpc.max_send_message_length': 2 ** 25,
  });
  const pack = (/** @type {unknown} */ value) => packr.pack(value);
  const unpack = (/** @type {Buffer} */ bytes) => packr.unpack(bytes);
  return {
    pids: child.pids,
    /** @param {unknown} value */
    call: (value) =>
      new Promise((resolve, reject) => {
        client.makeUnaryRequest('/bench.Echo/Echo', pack, unpack, value, (error, answer) =>
          error ? reject(error) : resolve(answer),
        );
      }),
    async close() {
      client.close();
      await child.stop();
    },
  };
}
