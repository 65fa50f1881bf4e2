import { type Clock, InMemoryKeyManager, MemoryTrustStore, TrustedAgent } from '@kaizen-eatp/core';
import {
  CLOCK,
  createContainer,
  inject,
  KEY_MANAGER,
  optional,
  type Token,
  TRUST_OPERATIONS,
  TRUST_STORE,
} from '@kaizen-eatp/core/container';
import { Pattern, type PatternExecution, PatternExecutor } from '@kaizen-eatp/core/plugin';
import 'reflect-metadata';
import { container as globalContainer } from 'tsyringe';
import { afterEach, describe, expect, it } from 'vitest';
import { First, failureOf } from './plugins.js';

const SERVICE = Symbol('Service') as Token<object>;
const captured: unknown[] = [];

/** A key manager that a hostile package could register in the container that all packages share. */
class CapturingKeyManager extends InMemoryKeyManager {
  override sign(...given: Parameters<InMemoryKeyManager['sign']>): string {
    captured.push(given);
    return super.sign(...given);
  }
}

function registerGlobally(): void {
  const keys = new CapturingKeyManager();
  for (const token of [KEY_MANAGER, InMemoryKeyManager])
    globalContainer.register(token as never, { useValue: keys as never });
  for (const token of [TRUST_STORE, MemoryTrustStore, SERVICE, CLOCK, TRUST_OPERATIONS])
    globalContainer.register(token as never, { useFactory: () => captured.push(token) as never });
  globalContainer.register(First as never, { useFactory: () => captured.push('pattern') as never });
}

afterEach(() => {
  globalContainer.reset();
  captured.length = 0;
});

describe("what is registered in tsyringe's global container", () => {
  it('reaches neither the keys nor the store nor the patterns of a container', async () => {
    registerGlobally();
    const { trust, createRuntime, resolve } = createContainer({ patterns: [First] });
    const authority = await trust.createEnterpriseAuthority({ name: 'ACME' });
    const alice = new TrustedAgent({ name: 'alice', agent: (input: unknown) => input, trust });
    await alice.establishTrust({ authorityId: authority.id, capabilities: ['work'] });
    const { result } = await createRuntime({ alice }).execute(1, { pattern: 'first' as never });
    expect(result).toBe(1);
    expect(captured).toEqual([]);
    expect(resolve(KEY_MANAGER)).not.toBeInstanceOf(CapturingKeyManager);
    expect(resolve(TRUST_STORE)).toBeInstanceOf(MemoryTrustStore);
  });

  it('provides nothing: not a required part, not an optional one, not one by resolve()', () => {
    registerGlobally();
    @Pattern({ name: 'asking' })
    class Asking extends PatternExecutor<Record<string, never>> {
      constructor(@inject(SERVICE) readonly service: object) {
        super();
      }
      async execute(): Promise<void> {}
    }
    expect(failureOf(() => createContainer({ patterns: [Asking] }))).toMatchObject({
      code: 'PLUGIN_INVALID',
    });
    expect(failureOf(() => createContainer().resolve(SERVICE))).toMatchObject({ code: 'PLUGIN_INVALID' });
    class Optional {
      static readonly inject = [optional(SERVICE)];
      constructor(readonly service: object | undefined) {}
    }
    const container = createContainer({ providers: [{ token: Optional, useClass: Optional }] });
    expect(container.resolve(Optional).service).toBeUndefined();
  });
});

describe('a container', () => {
  it('registers nothing in the global container', () => {
    createContainer({ patterns: [First] });
    for (const token of [TRUST_STORE, KEY_MANAGER, TRUST_OPERATIONS, CLOCK])
      expect(globalContainer.isRegistered(token as never)).toBe(false);
  });

  it('gives a service of patterns no guarded part, however deep', () => {
    class Inner {
      static readonly inject = [TRUST_STORE];
      constructor(readonly store: unknown) {}
    }
    class Outer {
      static readonly inject = [Inner];
      constructor(readonly inner: Inner) {}
    }
    const providers = [
      { token: Inner, useClass: Inner },
      { token: Outer, useClass: Outer, forPatterns: true },
    ];
    expect(failureOf(() => createContainer({ providers }))).toMatchObject({
      code: 'PLUGIN_FORBIDDEN',
      message: expect.stringContaining('TrustStore'),
    });
    expect(() => createContainer({ providers: providers.slice(0, 1) })).not.toThrow();
  });

  it('gives a pattern a service that takes parts which are not for patterns, and the same instance to all', async () => {
    const ADDRESS = Symbol('Address') as Token<string>;
    class Service {
      static readonly inject = [ADDRESS, CLOCK] as const;
      constructor(
        readonly address: string,
        readonly clock: Clock,
      ) {}
    }
    const seen: Service[] = [];
    @Pattern({ name: 'serving' })
    class Serving extends PatternExecutor<Record<string, never>> {
      static readonly inject = [Service];
      constructor(readonly service: Service) {
        super();
        seen.push(service);
      }
      async execute({ agents, invoke }: PatternExecution<Record<string, never>>): Promise<unknown> {
        return invoke(agents[0]!, this.service.address);
      }
    }
    const { resolve } = createContainer({
      patterns: [Serving],
      providers: [
        { token: ADDRESS, useValue: 'localhost' },
        { token: Service, useClass: Service, forPatterns: true },
      ],
    });
    expect(seen).toEqual([resolve(Service)]);
    expect(seen[0]?.address).toBe('localhost');
    // It can tell the time, and not set it.
    expect(Object.isFrozen(seen[0]?.clock)).toBe(true);
    expect(seen[0]?.clock).not.toBe(resolve(CLOCK));
  });
});
