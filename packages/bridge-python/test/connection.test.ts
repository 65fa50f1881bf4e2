import { EventEmitter } from 'node:events';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { WebSocket } from 'ws';
import { encodeFrame, encodeNumbered } from '../src/protocol/frame-codec.js';
import { FRAME } from '../src/protocol/frame-types.js';
import { Connection } from '../src/session/connection.js';
import { Session } from '../src/session/session.js';

/** Stands in for the network, so that each message and its moment can be seen. */
class Socket extends EventEmitter {
  readonly sent: Buffer[] = [];
  bufferedAmount = 0;
  isPaused = false;
  send(data: Buffer): void {
    this.sent.push(data);
  }
  pause(): void {
    this.isPaused = true;
  }
  resume(): void {
    this.isPaused = false;
  }
  close(): void {}
  terminate(): void {}
}

const ackOf = (number: number): Buffer => encodeFrame(FRAME.ack, number);
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a connection', () => {
  let socket: Socket;
  let connection: Connection;
  let came = 0;

  beforeEach(() => {
    socket = new Socket();
    came = 0;
    const session = new Session('aa', { window: 512, windowBytes: 2 ** 24 });
    connection = new Connection(socket as never as WebSocket, session, 5_000, {
      onFrame: () => undefined,
      onViolation: ({ message }) => expect.fail(message),
      onClose: () => undefined,
    });
    session.attach(connection, 0);
    onTestFinished(() => connection.close('stopped'));
  });

  const hear = (count: number, size = 8): void => {
    for (let i = 0; i < count; i++) {
      came += 1;
      const body = { call: came, value: Buffer.alloc(size) };
      socket.emit('message', encodeNumbered(FRAME.progress, came, body), true);
    }
  };
  const frame = (size: number): Buffer => Buffer.alloc(size, 0xc0);

  it('joins what comes up while the same code runs, also behind a promise', async () => {
    connection.send(frame(10));
    await Promise.resolve();
    connection.send(frame(20));
    expect(socket.sent).toEqual([]);
    await turn();
    expect(socket.sent).toEqual([frame(30)]);
  });

  it('sends what fills a message at once', () => {
    connection.send(frame(10));
    connection.send(frame(5_000));
    expect(socket.sent).toEqual([frame(10), frame(5_000)]);
  });

  it('takes an acknowledgement along for eight frames, not for seven', async () => {
    hear(7);
    connection.send(frame(1));
    await turn();
    expect(socket.sent).toEqual([frame(1)]);
    hear(1);
    connection.send(frame(1));
    await turn();
    expect(socket.sent[1]).toEqual(Buffer.concat([ackOf(8), frame(1)]));
  });

  it('answers the newest of many pings', async () => {
    for (let token = 1; token <= 9; token++) socket.emit('message', encodeFrame(FRAME.ping, token), true);
    await turn();
    expect(socket.sent).toEqual([encodeFrame(FRAME.pong, 9)]);
  });

  it('holds acknowledgements and pongs back while the peer does not read', async () => {
    socket.bufferedAmount = 100_000;
    hear(64);
    socket.emit('message', encodeFrame(FRAME.ping, 5), true);
    await turn();
    expect(socket.sent).toEqual([]);
    socket.bufferedAmount = 0;
    await vi.waitUntil(() => socket.sent.length > 0);
    expect(socket.sent).toEqual([Buffer.concat([encodeFrame(FRAME.pong, 5), ackOf(64)])]);
  });

  it('does not read on in the same turn of the event loop after 64 KiB', async () => {
    hear(2, 30_000);
    expect(socket.isPaused).toBe(false);
    hear(1, 30_000);
    expect(socket.isPaused).toBe(true);
    await turn();
    expect(socket.isPaused).toBe(false);
  });

  it('takes an acknowledgement along for 64 KiB', async () => {
    hear(1, 65_536);
    connection.send(frame(1));
    await turn();
    expect(socket.sent).toEqual([Buffer.concat([ackOf(1), frame(1)])]);
  });

  it('acknowledges at once what is 64 frames, and little within 50 ms, although nothing else is to be sent', async () => {
    hear(64);
    expect(socket.sent).toEqual([ackOf(64)]);
    hear(1);
    await expect.poll(() => socket.sent.slice(1)).toEqual([ackOf(65)]);
  });

  it('acknowledges what came before it closes', () => {
    hear(2);
    connection.close('stopped');
    expect(socket.sent).toEqual([ackOf(2)]);
  });
});

describe('a heartbeat', () => {
  const violations: string[] = [];
  const connect = (): Socket => {
    violations.length = 0;
    const socket = new Socket();
    const session = new Session('aa', { window: 512, windowBytes: 2 ** 24 });
    const connection = new Connection(socket as never as WebSocket, session, 20, {
      onFrame: () => undefined,
      onViolation: ({ reason }) => violations.push(reason),
      onClose: () => undefined,
    });
    onTestFinished(() => connection.close('stopped'));
    return socket;
  };

  it('ends a connection on which nothing is heard', async () => {
    const socket = connect();
    await vi.waitUntil(() => violations.length > 0);
    expect(violations).toEqual(['silent']);
    // It was asked before.
    expect(socket.sent.length).toBeGreaterThan(0);
  });

  it('does not take a peer for silent whom this process, busy with other things, did not listen to', async () => {
    const socket = connect();
    for (let i = 0; i < 5; i++) {
      for (const until = Date.now() + 200; Date.now() < until; );
      // Timers come before what the network brought.
      await turn();
      socket.emit('message', encodeFrame(FRAME.pong, i), true);
    }
    expect(violations).toEqual([]);
  });
});
