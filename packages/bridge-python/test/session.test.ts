import { beforeEach, describe, expect, it } from 'vitest';
import { FRAME } from '../src/protocol/frame-types.js';
import { Session } from '../src/session/session.js';

const LIMITS = { window: 3, windowBytes: 1_000 };
const small = (call: number): object => ({ call, output: Buffer.alloc(8) });
const large = (call: number): object => ({ call, output: Buffer.alloc(600) });

describe('a session', () => {
  let session: Session;
  let sent: Buffer[];
  const link = { send: (frame: Buffer) => void sent.push(frame) };
  const send = (body: object): Promise<void> | undefined => session.send(FRAME.result, body);

  beforeEach(() => {
    session = new Session('aa', LIMITS);
    sent = [];
    session.attach(link, 0);
  });

  it('has no more frames outstanding than the window', async () => {
    const waits = [1, 2, 3, 4, 5].map((call) => send(small(call)));
    expect(waits.map((wait) => wait === undefined)).toEqual([true, true, true, false, false]);
    expect(sent).toHaveLength(3);
    session.acknowledge(1);
    await waits[3];
    expect(sent).toHaveLength(4);
    session.acknowledge(4);
    await waits[4];
    expect(sent).toHaveLength(5);
  });

  it('has no more bytes outstanding than the window, but for one frame that is larger by itself', async () => {
    expect(send(large(1))).toBeUndefined();
    expect(send(large(2))).toBeUndefined();
    const third = send(large(3));
    expect(third).toBeInstanceOf(Promise);
    expect(session.outstandingBytes).toBeGreaterThan(1_200);
    session.acknowledge(1);
    await third;
    session.acknowledge(3);
    expect(send({ call: 4, output: Buffer.alloc(5_000) })).toBeUndefined();
    expect(send(small(5))).toBeInstanceOf(Promise);
  });

  it('is open while a frame would go immediately, and says when it is so again', () => {
    let opened = 0;
    session.onOpen = () => {
      opened += 1;
    };
    for (const call of [1, 2]) send(small(call));
    expect(session.isOpen).toBe(true);
    send(small(3));
    expect([session.isOpen, session.waiting]).toEqual([false, 0]);
    void session.send(FRAME.result, large(4), 600);
    void session.send(FRAME.result, large(5), 600);
    expect([session.waiting, session.waitingBytes, opened]).toEqual([2, 1_200, 0]);
    session.acknowledge(1);
    expect([session.waiting, session.waitingBytes, opened]).toEqual([1, 600, 0]);
    session.acknowledge(4);
    expect([session.isOpen, session.waiting, session.waitingBytes, opened]).toEqual([true, 0, 0, 1]);
  });

  it('keeps the order, also when there is room while others wait', async () => {
    for (const call of [1, 2, 3]) send(small(call));
    const waits = [send(small(4)), send(small(5))];
    session.acknowledge(3);
    await Promise.all(waits);
    expect(send(small(6))).toBeUndefined();
    session.detach();
    const again: Buffer[] = [];
    session.attach({ send: (frame) => void again.push(frame) }, 3);
    expect(again).toEqual(sent.slice(3));
    expect(sent.map((frame) => frame[2])).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('sends what the peer has not taken again, byte for byte, and nothing else', () => {
    for (const call of [1, 2, 3]) send(small(call));
    session.detach();
    const again: Buffer[] = [];
    session.attach({ send: (frame) => void again.push(frame) }, 1);
    expect(again).toEqual(sent.slice(1));
  });

  it('refuses an acknowledgement of what was never sent', () => {
    send(small(1));
    expect(() => session.acknowledge(2)).toThrow('frame 2 is acknowledged, and 1 were sent');
    expect(() => session.attach(link, 2)).toThrow('acknowledged');
  });

  it('takes each number once, in order', () => {
    expect(session.take(1)).toBe(true);
    expect(session.take(1)).toBe(false);
    expect(session.take(2)).toBe(true);
    expect(() => session.take(4)).toThrow('frame 4 after frame 2');
    expect(() => session.take(0)).toThrow('frame 0');
    expect(session.duplicates).toBe(1);
    expect([session.takeAck(), session.takeAck()]).toEqual([2, undefined]);
  });

  it('tells all who wait that it has ended', async () => {
    for (const call of [1, 2, 3]) send(small(call));
    const wait = send(small(4));
    const reason = new Error('over');
    session.end(reason);
    await expect(wait).rejects.toBe(reason);
    expect(() => send(small(5))).toThrow(reason);
    expect([session.outstanding, session.outstandingBytes]).toEqual([0, 0]);
  });
});
