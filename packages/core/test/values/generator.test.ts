import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { driveGenerator, isGenerator } from '../../src/values/index.js';

describe('isGenerator', () => {
  it.each<[string, unknown]>([
    ['a generator', (function* () {})()],
    ['an async generator', (async function* () {})()],
    [
      'an object with next and an iterator',
      { next: () => ({ done: true }), [Symbol.asyncIterator]: () => undefined },
    ],
  ])('accepts %s', (_what, value) => {
    expect(isGenerator(value)).toBe(true);
  });

  it.each<[string, unknown]>([
    ['a generator function', function* () {}],
    ['an array', [1]],
    ['a map', new Map()],
    ['a string', 'x'],
    ['null', null],
    ['a linked list with a property named next', { next: { next: null } }],
    ['a function named next without an iterator', { next: () => undefined }],
    ['a stream', Readable.from([1])],
    ['a web stream', new ReadableStream()],
    ['a stream that has next as well', Object.assign(Readable.from([1]), { next: () => undefined })],
  ])('rejects %s', (_what, value) => {
    expect(isGenerator(value)).toBe(false);
  });
});

async function drive(generator: Generator | AsyncGenerator, signal?: AbortSignal) {
  const progress: unknown[] = [];
  const result = await driveGenerator(generator, (value) => void progress.push(value), signal);
  return { progress, result };
}

describe('driveGenerator', () => {
  it('returns the return value and reports each yield', async () => {
    const sync = function* () {
      yield 1;
      yield { a: 2 };
      return 'end';
    };
    const async = async function* () {
      yield 1;
      await sleep(1);
      yield { a: 2 };
      return 'end';
    };
    for (const generator of [sync(), async()])
      expect(await drive(generator)).toEqual({ progress: [1, { a: 2 }], result: 'end' });
  });

  it('returns the last yield if the return value is undefined', async () => {
    expect(
      await drive(
        (function* () {
          yield 1;
          yield 2;
        })(),
      ),
    ).toEqual({ progress: [1, 2], result: 2 });
    expect(
      await drive(
        (function* () {
          yield 1;
          return null;
        })(),
      ),
    ).toEqual({ progress: [1], result: null });
    expect(await drive((async function* () {})())).toEqual({ progress: [], result: undefined });
  });

  it('captures each yield when it is yielded, frozen', async () => {
    const state = { n: 0, list: [0] };
    const { progress, result } = await drive(
      (function* () {
        for (; state.n < 3; state.n++) yield state;
      })(),
    );
    expect(progress).toEqual([
      { n: 0, list: [0] },
      { n: 1, list: [0] },
      { n: 2, list: [0] },
    ]);
    expect(progress.every((value) => Object.isFrozen(value))).toBe(true);
    expect(result).toEqual({ n: 2, list: [0] });
    expect(Object.isFrozen(result)).toBe(false);
  });

  it('returns the last yield as it was, whatever a listener does with it', async () => {
    const result = await driveGenerator(
      (function* () {
        yield new Map([['k', 1]]);
      })(),
      (value) => (value as Map<string, number>).clear(),
    );
    expect(result).toEqual(new Map([['k', 1]]));
  });

  it('refuses a yield that no record can describe, names it, and stops the generator', async () => {
    let cleaned = 0;
    const generator = (async function* () {
      try {
        yield { f: () => 1 };
      } finally {
        cleaned++;
      }
    })();
    await expect(drive(generator)).rejects.toMatchObject({
      code: 'UNSUPPORTED_VALUE',
      message: expect.stringContaining('The value at progress.f '),
    });
    expect(cleaned).toBe(1);
  });

  it('stops the generator when the listener fails', async () => {
    let cleaned = 0;
    const generator = (function* () {
      try {
        yield 1;
        yield 2;
      } finally {
        cleaned++;
      }
    })();
    const failure = new Error('full');
    await expect(driveGenerator(generator, () => Promise.reject(failure))).rejects.toBe(failure);
    expect(cleaned).toBe(1);
  });

  it('passes on what the generator throws', async () => {
    const failure = new Error('own');
    await expect(
      drive(
        (function* () {
          yield 1;
          throw failure;
        })(),
      ),
    ).rejects.toBe(failure);
    await expect(
      drive(
        (async function* () {
          yield 1;
          throw failure;
        })(),
      ),
    ).rejects.toBe(failure);
  });

  it('stops an async generator that is aborted between two yields, and runs its finally', async () => {
    const controller = new AbortController();
    const reason = new Error('revoked');
    const seen: unknown[] = [];
    let cleaned = 0;
    const generator = (async function* () {
      try {
        for (let i = 0; ; i++) yield i;
      } finally {
        cleaned++;
      }
    })();
    const driven = driveGenerator(
      generator,
      (value) => {
        seen.push(value);
        if (value === 2) controller.abort(reason);
      },
      controller.signal,
    );
    await expect(driven).rejects.toBe(reason);
    expect(seen).toEqual([0, 1, 2]);
    expect(cleaned).toBe(1);
  });

  it('does not wait for a generator that is aborted in the middle of a step', async () => {
    const controller = new AbortController();
    const reason = new Error('revoked');
    let release = (): void => undefined;
    const stuck = new Promise<void>((resolve) => {
      release = resolve;
    });
    let yieldedLater = false;
    const seen: unknown[] = [];
    const generator = (async function* () {
      yield 1;
      await stuck;
      yieldedLater = true;
      yield 2;
    })();
    const driven = driveGenerator(generator, (value) => void seen.push(value), controller.signal);
    setImmediate(() => controller.abort(reason));
    await expect(driven).rejects.toBe(reason);
    release();
    await sleep(1);
    expect(yieldedLater).toBe(true);
    expect(seen).toEqual([1]);
    expect(await generator.next()).toEqual({ done: true, value: undefined });
  });

  it('does not start a generator whose signal was aborted before', async () => {
    let started = false;
    const generator = (function* () {
      started = true;
      yield 1;
    })();
    await expect(drive(generator, AbortSignal.abort(new Error('revoked')))).rejects.toThrow('revoked');
    expect(started).toBe(false);
    expect(generator.next().done).toBe(true);
  });

  it('lets timers run while a sync generator never waits, so that one can stop it', async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(new Error('timeout')), 1);
    const generator = (function* () {
      for (let i = 0; ; i++) yield i;
    })();
    await expect(drive(generator, controller.signal)).rejects.toThrow('timeout');
  });

  it('leaves no listener on the signal', async () => {
    const { signal } = new AbortController();
    let listeners = 0;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      listeners++;
      add(...args);
    };
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      listeners--;
      remove(...args);
    };
    await drive(
      (function* () {
        yield 1;
      })(),
      signal,
    );
    await expect(
      drive(
        (function* () {
          yield Symbol('x');
        })(),
        signal,
      ),
    ).rejects.toThrow();
    expect(listeners).toBe(0);
  });

  it('leaves no unhandled rejection when a generator fails after the abort', async () => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown): void => void unhandled.push(reason);
    process.on('unhandledRejection', note);
    const controller = new AbortController();
    const generator = (async function* () {
      await sleep(1);
      yield Promise.reject(new Error('late'));
    })();
    const driven = drive(generator, controller.signal);
    controller.abort(new Error('revoked'));
    await expect(driven).rejects.toThrow('revoked');
    await sleep(20);
    process.off('unhandledRejection', note);
    expect(unhandled).toEqual([]);
  });

  it('refuses an object that only looks like a generator', async () => {
    const fake = { next: () => 7, [Symbol.iterator]: () => fake };
    await expect(drive(fake as never)).rejects.toMatchObject({ code: 'UNSUPPORTED_VALUE' });
  });
});
