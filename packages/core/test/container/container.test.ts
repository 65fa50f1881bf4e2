import { type Clock, MemoryTrustStore, TrustedAgent, type TrustOperations } from '@kaizen-eatp/core';
import {
  CLOCK,
  createContainer,
  inject,
  KEY_MANAGER,
  type Provider,
  type Token,
  TRUST_OPERATIONS,
  TRUST_STORE,
} from '@kaizen-eatp/core/container';
import {
  ConstraintEvaluator,
  ConstraintEvaluatorPlugin,
  type ConstraintRequest,
  type ConstraintVerdict,
  Pattern,
  type PatternExecution,
  PatternExecutor,
} from '@kaizen-eatp/core/plugin';
import { TrustStorePlugin } from '@kaizen-eatp/core/store';
import 'reflect-metadata';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { rejection, StoppedClock } from '../runtime/world.js';

const GREETING = Symbol('Greeting') as Token<{ text: string }>;
const WORKDAY = Symbol('Workday') as Token<{ hours: number }>;

@TrustStorePlugin({ name: 'counting' })
class CountingStore extends MemoryTrustStore {
  commits = 0;

  constructor(@inject(CLOCK) readonly clock: Clock) {
    super();
  }

  override async commit(writes: Parameters<MemoryTrustStore['commit']>[0]): Promise<void> {
    this.commits += 1;
    await super.commit(writes);
  }
}

@ConstraintEvaluatorPlugin({ name: 'workday' })
class Workday extends ConstraintEvaluator {
  constructor(@inject(WORKDAY) private readonly workday: { hours: number }) {
    super();
  }

  matches(label: string): boolean {
    return label === 'short_day';
  }

  evaluate({ action }: ConstraintRequest): ConstraintVerdict {
    return this.workday.hours > 4 && action === 'overtime'
      ? { permitted: false, reason: 'enough for today' }
      : { permitted: true };
  }
}

@Pattern({ name: 'greet', options: z.strictObject({ times: z.number().default(1) }) })
class Greet extends PatternExecutor<{ times: number }> {
  constructor(
    @inject(GREETING) private readonly greeting: { text: string },
    @inject(CLOCK) private readonly clock: Clock,
  ) {
    super();
  }

  async execute({ agents, invoke, options }: PatternExecution<{ times: number }>): Promise<unknown> {
    return invoke(agents[0]!, `${this.greeting.text} ${options.times} ${this.clock.now()}`, {
      action: 'overtime',
    });
  }
}

const settings = () => {
  const clock = new StoppedClock();
  return {
    clock,
    store: CountingStore,
    constraintEvaluators: [Workday],
    patterns: [Greet],
    providers: [
      { token: GREETING, useValue: { text: 'hello' }, forPatterns: true },
      { token: WORKDAY, useValue: { hours: 8 } },
    ] satisfies Provider[],
  };
};

async function established(
  trust: TrustOperations,
  constraints: readonly string[] = [],
): Promise<TrustedAgent> {
  const { id } = await trust.createEnterpriseAuthority({ name: 'ACME' });
  const alice = new TrustedAgent({ name: 'alice', agent: (input: unknown) => input, trust });
  await alice.establishTrust({ authorityId: id, capabilities: ['overtime'], constraints });
  return alice;
}

describe('createContainer', () => {
  it('was compiled without type metadata, as a user may compile it', () => {
    for (const plugin of [CountingStore, Workday, Greet]) {
      expect(Reflect.getMetadata('design:paramtypes', plugin)).toBeUndefined();
    }
  });

  it('makes classes with what they name, and wires them into a runtime', async () => {
    const { clock, ...rest } = settings();
    const container = createContainer({ clock, ...rest });
    const alice = await established(container.trust);
    const runtime = container.createRuntime({ alice });
    expect(runtime.patternNames).toEqual(['greet']);
    const { result, auditTrail } = await runtime.execute(1, {
      pattern: 'greet' as never,
      options: { times: 3 } as never,
    });
    expect(result).toBe(`hello 3 ${clock.time}`);
    expect(auditTrail).toHaveLength(2);
    const store = container.resolve(TRUST_STORE) as CountingStore;
    expect(store).toBeInstanceOf(CountingStore);
    expect(store.commits).toBeGreaterThan(3);
    expect(store.clock.now()).toBe(clock.time);
    expect(container.resolve(TRUST_OPERATIONS)).toBe(container.trust);
    expect(container.resolve(KEY_MANAGER)).toBeDefined();
  });

  it('enforces the constraints of evaluator plugins', async () => {
    const container = createContainer(settings());
    const alice = await established(container.trust, ['short_day']);
    const error = await rejection(
      container.createRuntime({ alice }).execute(1, { pattern: 'greet' as never }),
    );
    expect(error).toMatchObject({
      code: 'VERIFICATION_DENIED',
      denial: { reason: 'short_day: enough for today' },
    });
  });

  it('makes a second container that shares nothing with the first', () => {
    const [a, b] = [createContainer(settings()), createContainer(settings())];
    expect(a.resolve(TRUST_STORE)).not.toBe(b.resolve(TRUST_STORE));
    expect(a.trust).not.toBe(b.trust);
  });

  it('says what is missing', () => {
    const failures = [
      () => createContainer({ ...settings(), providers: [] }),
      () => createContainer().resolve(GREETING),
    ];
    for (const failure of failures) {
      expect(failure).toThrow(
        expect.objectContaining({
          code: 'PLUGIN_INVALID',
          remedy: expect.stringContaining('useFactory'),
        }),
      );
    }
  });
});

describe('what a pattern may not have', () => {
  const guarded = { TRUST_STORE, KEY_MANAGER, TRUST_OPERATIONS } as const;

  it.each(Object.keys(guarded) as (keyof typeof guarded)[])('%s, by asking for it', (name) => {
    @Pattern({ name: 'thief' })
    class Thief extends PatternExecutor<Record<string, never>> {
      constructor(@inject(guarded[name] as Token<unknown>) readonly loot: unknown) {
        super();
      }
      async execute(): Promise<void> {}
    }
    expect(() => createContainer({ patterns: [Thief] })).toThrow(
      expect.objectContaining({ code: 'PLUGIN_FORBIDDEN', message: expect.stringContaining('Thief') }),
    );
  });

  it('by a provider for patterns under a guarded token', () => {
    const providers = [{ token: TRUST_STORE, useValue: new MemoryTrustStore(), forPatterns: true }];
    expect(() => createContainer({ providers })).toThrow(
      expect.objectContaining({ code: 'PLUGIN_FORBIDDEN' }),
    );
  });

  it('by something between that asks for it', () => {
    const HELPER = Symbol('Helper') as Token<object>;
    class Helper {
      constructor(@inject(TRUST_STORE) readonly store: unknown) {}
    }
    @Pattern({ name: 'thief' })
    class Thief extends PatternExecutor<Record<string, never>> {
      constructor(@inject(HELPER) readonly helper: Helper) {
        super();
      }
      async execute(): Promise<void> {}
    }
    const providers = [{ token: HELPER, useClass: Helper, forPatterns: true }];
    expect(() => createContainer({ patterns: [Thief], providers })).toThrow(
      expect.objectContaining({ code: expect.stringMatching(/^PLUGIN_/) }),
    );
  });

  it('what was not given to patterns', () => {
    @Pattern({ name: 'thief' })
    class Thief extends PatternExecutor<Record<string, never>> {
      constructor(@inject(WORKDAY) readonly workday: unknown) {
        super();
      }
      async execute(): Promise<void> {}
    }
    const providers = [{ token: WORKDAY, useValue: { hours: 8 } }];
    expect(() => createContainer({ patterns: [Thief], providers })).toThrow(
      expect.objectContaining({ code: 'PLUGIN_INVALID' }),
    );
  });

  it('the clock of the trust operations, to set it', async () => {
    @Pattern({ name: 'time_thief' })
    class TimeThief extends PatternExecutor<Record<string, never>> {
      constructor(@inject(CLOCK) readonly clock: Clock) {
        super();
      }
      async execute({ agents, invoke }: PatternExecution<Record<string, never>>): Promise<unknown> {
        try {
          Object.assign(this.clock, { now: () => 0, time: 0 });
        } catch (error) {
          expect(error).toBeInstanceOf(TypeError);
        }
        return invoke(agents[0]!, 1);
      }
    }
    const clock = new StoppedClock();
    const time = clock.time;
    const container = createContainer({ clock, patterns: [TimeThief] });
    const alice = await established(container.trust);
    const { auditTrail } = await container
      .createRuntime({ alice })
      .execute(1, { pattern: 'time_thief' as never });
    expect(clock.now()).toBe(time);
    expect(auditTrail[0]?.timestamp).toBe('2026-03-02T10:00:00+00:00');
  });
});
