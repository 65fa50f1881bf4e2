import { MemoryTrustStore, TrustedAgent } from '@kaizen-eatp/core';
import { createContainer, createContainerAsync, type Token } from '@kaizen-eatp/core/container';
import { TrustStorePlugin } from '@kaizen-eatp/core/store';
import { beforeEach, describe, expect, it } from 'vitest';
import { First, failureOf } from './plugins.js';

const A = Symbol('A') as Token<Recorded>;
const B = Symbol('B') as Token<Recorded>;
const C = Symbol('C') as Token<Recorded>;
const REQUEST = Symbol('Request') as Token<{ id: number }>;

let events: string[] = [];
let failing: string | undefined;
beforeEach(() => {
  events = [];
  failing = undefined;
});

class Recorded {
  constructor(readonly name: string) {
    this.record('make');
  }
  start(): Promise<void> {
    return this.record('start');
  }
  close(): Promise<void> {
    return this.record('close');
  }
  private async record(what: string): Promise<void> {
    events.push(`${what} ${this.name}`);
    if (failing === `${what} ${this.name}`) throw new Error(failing);
  }
}

const recorded = (token: Token<Recorded>, name: string, inject: readonly Token<unknown>[] = []) => ({
  token,
  inject,
  useFactory: () => new Recorded(name),
});
/** C takes B, which takes A; they are listed the other way round. */
const chain = () => [recorded(C, 'C', [B]), recorded(B, 'B', [A]), recorded(A, 'A')];

describe('the parts of a container', () => {
  it('are made and started in the order of what they take, and closed in the opposite order', async () => {
    {
      await using container = createContainer({ providers: chain() });
      expect(events).toEqual(['make A', 'make B', 'make C']);
      await container.start();
      await container.start();
    }
    expect(events.slice(3)).toEqual(['start A', 'start B', 'start C', 'close C', 'close B', 'close A']);
  });

  it('are started by createContainerAsync, each before the parts that take it are made', async () => {
    const container = await createContainerAsync({ providers: chain() });
    expect(events).toEqual(['make A', 'start A', 'make B', 'start B', 'make C', 'start C']);
    await container.start();
    await container.close();
    await container.close();
    expect(events.slice(6)).toEqual(['close C', 'close B', 'close A']);
  });

  it('are all closed when one fails to start', async () => {
    failing = 'start B';
    await expect(createContainerAsync({ providers: chain() })).rejects.toThrow(failing);
    expect(events).toEqual(['make A', 'start A', 'make B', 'start B', 'close B', 'close A']);
    events = [];
    const container = createContainer({ providers: chain() });
    await expect(container.start()).rejects.toThrow(failing);
    expect(events.slice(3)).toEqual(['start A', 'start B', 'close C', 'close B', 'close A']);
  });

  it('are all closed when one fails to close, and its error is thrown', async () => {
    failing = 'close B';
    const container = createContainer({ providers: chain() });
    await expect(container.close()).rejects.toThrow(failing);
    expect(events.slice(3)).toEqual(['close C', 'close B', 'close A']);
  });

  it('are closed when making a later one fails', async () => {
    const broken = {
      token: C,
      inject: [B],
      useFactory: (): Recorded => {
        throw new Error('broken');
      },
    };
    expect(failureOf(() => createContainer({ providers: [...chain().slice(1), broken] }))).toMatchObject({
      code: 'PLUGIN_INVALID',
    });
    await expect.poll(() => events).toEqual(['make A', 'make B', 'close B', 'close A']);
  });

  it('use the hooks of their provider instead of their methods', async () => {
    const pool = { end: (): void => void events.push('end') };
    const POOL = Symbol('Pool') as Token<typeof pool>;
    await using container = createContainer({
      providers: [
        {
          token: POOL,
          useFactory: () => pool,
          start: () => void events.push('begin'),
          close: (part) => part.end(),
        },
      ],
    });
    await container.start();
    await container.close();
    expect(events).toEqual(['begin', 'end']);
  });

  it('include a store that the container made, and no value that the caller made', async () => {
    @TrustStorePlugin({ name: 'closing' })
    class ClosingStore extends MemoryTrustStore {
      override async close(): Promise<void> {
        events.push('close store');
      }
    }
    const given = new Recorded('given');
    await createContainer({ store: ClosingStore, providers: [{ token: A, useValue: given }] }).close();
    await createContainer({ store: new ClosingStore() }).close();
    expect(events).toEqual(['make given', 'close store']);
  });
});

describe('a scope', () => {
  const scoped = { ...recorded(B, 'scoped', [A, REQUEST]), lifetime: 'scope' as const };

  it('makes its own instances of parts whose lifetime is scope, and shares the others', async () => {
    const container = createContainer({ providers: [recorded(A, 'A'), scoped] });
    const [one, two] = [1, 2].map((id) =>
      container.createScope({ providers: [{ token: REQUEST, useValue: { id } }] }),
    );
    expect(one?.resolve(A)).toBe(two?.resolve(A));
    expect(one?.resolve(B)).not.toBe(two?.resolve(B));
    expect(one?.resolve(B)).toBe(one?.resolve(B));
    expect(one?.resolve(REQUEST)).toEqual({ id: 1 });
    const innermost = one?.createScope();
    expect(innermost?.resolve(REQUEST)).toEqual({ id: 1 });
    expect(innermost?.resolve(B)).not.toBe(one?.resolve(B));
    expect(failureOf(() => container.resolve(REQUEST))).toMatchObject({ code: 'PLUGIN_INVALID' });
    expect(failureOf(() => container.resolve(B))).toMatchObject({ code: 'PLUGIN_INVALID' });
  });

  it('is closed before the container, and by itself only once', async () => {
    const container = createContainer({ providers: [recorded(A, 'A'), scoped] });
    const providers = [{ token: REQUEST, useValue: { id: 1 } }];
    const first = await container.createScopeAsync({ providers });
    container.createScope({ providers });
    events = [];
    await first.close();
    expect(events).toEqual(['close scoped']);
    await container.close();
    expect(events).toEqual(['close scoped', 'close scoped', 'close A']);
  });

  it('has runtimes over the same trust, with patterns that it adds', async () => {
    const container = createContainer();
    const scope = container.createScope({ patterns: [First] });
    expect(scope.patterns).toHaveLength(1);
    expect(container.patterns).toHaveLength(0);
    const { trust } = container;
    const alice = new TrustedAgent({ name: 'alice', agent: (input: unknown) => input, trust });
    expect(scope.createRuntime({ alice }).patternNames).toEqual(['first']);
  });

  it('cannot be needed by a part that lives as long as the container', () => {
    const providers = [{ ...recorded(A, 'A'), lifetime: 'scope' as const }, recorded(C, 'C', [A])];
    expect(failureOf(() => createContainer({ providers }))).toMatchObject({
      code: 'PLUGIN_INVALID',
      message: expect.stringContaining('lives only as long as a scope'),
    });
  });

  it('refuses a misspelt option', () => {
    expect(failureOf(() => createContainer().createScope({ provider: [] } as never))).toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
  });
});
