import { type Clock, MemoryTrustStore } from '@kaizen-eatp/core';
import {
  CLOCK,
  createContainer,
  createContainerAsync,
  inject,
  optional,
  type Provider,
  provide,
  type Token,
} from '@kaizen-eatp/core/container';
import { PatternExecutor } from '@kaizen-eatp/core/plugin';
import { describe, expect, it } from 'vitest';
import { rejection } from '../runtime/world.js';
import { failureOf } from './plugins.js';

interface Config {
  readonly host: string;
}

const CONFIG = Symbol('Config') as Token<Config>;
const MAILER = Symbol('Mailer') as Token<Mailer>;
const MISSING = Symbol('Missing') as Token<Config>;

class Mailer {
  constructor(
    @inject(CONFIG) readonly config: Config,
    @inject(CLOCK) readonly clock: Clock,
  ) {}
}

class PlainMailer {
  static readonly inject = [CONFIG, CLOCK, optional(MISSING)] as const;

  constructor(
    readonly config: Config,
    readonly clock: Clock,
    readonly missing: Config | undefined,
  ) {}
}

describe('createContainer provides', () => {
  it('a value, as the same object', () => {
    const config: Config = { host: 'localhost' };
    const container = createContainer({ providers: [{ token: CONFIG, useValue: config }] });
    expect(container.resolve(CONFIG)).toBe(config);
  });

  it('an instance of a class with @inject', () => {
    const container = createContainer({
      providers: [
        { token: MAILER, useClass: Mailer },
        { token: CONFIG, useValue: { host: 'localhost' } },
      ],
    });
    expect(container.resolve(MAILER)).toBeInstanceOf(Mailer);
    expect(container.resolve(MAILER)).toBe(container.resolve(MAILER));
    expect(container.resolve(MAILER).config.host).toBe('localhost');
  });

  it('an instance of a class with static inject, whose base class it can also be', () => {
    class Derived extends PlainMailer {}
    for (const useClass of [PlainMailer, Derived]) {
      const container = createContainer({
        providers: [
          { token: CONFIG, useValue: { host: 'localhost' } },
          { token: MAILER, useClass },
        ],
      });
      const mailer = container.resolve(MAILER) as PlainMailer;
      expect(mailer).toBeInstanceOf(useClass);
      expect(mailer.config.host).toBe('localhost');
      expect(mailer.clock).toBe(container.resolve(CLOCK));
      expect(mailer.missing).toBeUndefined();
    }
  });

  it('what a factory returns', () => {
    const container = createContainer({
      providers: [
        { token: CONFIG, useFactory: () => ({ host: 'localhost' }) },
        {
          token: MAILER,
          inject: [CONFIG, CLOCK],
          useFactory: (config: Config, clock: Clock) => new Mailer(config, clock),
        },
      ],
    });
    expect(container.resolve(MAILER).config).toBe(container.resolve(CONFIG));
  });

  it('what a list in a variable says, and a class as its own token', () => {
    const providers: Provider[] = [{ token: CONFIG, useValue: { host: 'localhost' } }];
    providers.push({ token: PlainMailer, useClass: PlainMailer });
    expect(createContainer({ providers }).resolve(PlainMailer).config.host).toBe('localhost');
  });
});

describe('createContainerAsync', () => {
  it('waits for asynchronous factories before it makes what takes their parts', async () => {
    await using container = await createContainerAsync({
      providers: [
        provide({
          token: MAILER,
          inject: [CONFIG, CLOCK],
          useFactory: async (config, clock) => new Mailer(config, clock),
        }),
        { token: CONFIG, useFactory: async () => ({ host: 'remote' }) },
      ],
    });
    expect(container.resolve(MAILER).config.host).toBe('remote');
  });

  it('rejects with the error of a factory as the cause', async () => {
    const cause = new Error('no route');
    const options = { providers: [{ token: CONFIG, useFactory: () => Promise.reject(cause) }] };
    expect(await rejection(createContainerAsync(options))).toMatchObject({ code: 'PLUGIN_INVALID', cause });
    expect(failureOf(() => createContainer(options))).toMatchObject({
      code: 'PLUGIN_INVALID',
      remedy: expect.stringContaining('createContainerAsync'),
    });
  });
});

describe('createContainer refuses', () => {
  class Undecorated {
    constructor(readonly config: Config) {}
  }
  class HalfDecorated {
    constructor(
      @inject(CONFIG) readonly config: Config,
      readonly other: Config,
    ) {}
  }
  class First {
    static readonly inject = [Symbol.for('second')];
    constructor(readonly other: unknown) {}
  }
  class Second {
    static readonly inject = [Symbol.for('first')];
    constructor(readonly other: unknown) {}
  }
  class PlainPattern extends PatternExecutor {
    async execute(): Promise<void> {}
  }
  class PlainStore extends MemoryTrustStore {}

  it.each<[string, object, string]>([
    [
      'a class whose parameter names no token',
      { providers: [{ token: 'x', useClass: Undecorated }] },
      'Parameter 1',
    ],
    ['a class that names only some', { providers: [{ token: 'x', useClass: HalfDecorated }] }, 'Parameter 2'],
    ['a pattern class without @Pattern', { patterns: [PlainPattern] }, 'not a pattern'],
    ['a store class without a decorator', { store: PlainStore }, "'PlainStore' is not decorated"],
    ['a key manager class without tokens', { keyManager: Undecorated }, 'Parameter 1'],
    ['an instance of an undecorated pattern class', { patterns: [new PlainPattern()] }, 'not a pattern'],
    [
      'a part that nothing provides',
      { providers: [{ token: 'x', useClass: PlainMailer }] },
      'Symbol\\(Config\\)',
    ],
    [
      'parts that need each other',
      {
        providers: [
          { token: Symbol.for('first'), useClass: First },
          { token: Symbol.for('second'), useClass: Second },
        ],
      },
      'first.* → .*second.* → .*first',
    ],
    [
      'two providers of a token',
      {
        providers: [
          { token: 'x', useValue: 1 },
          { token: 'x', useValue: 2 },
        ],
      },
      'Two',
    ],
    [
      'a provider in two forms',
      { providers: [{ token: 'x', useValue: 1, useFactory: () => 1 }] },
      'useValue and',
    ],
    ['a provider without a form', { providers: [{ token: 'x', useVale: 1 }] }, 'one of useValue'],
    [
      'a misspelt field of a provider',
      { providers: [{ token: 'x', useValue: 1, forPattern: true }] },
      'forPattern',
    ],
    ['a provider without a token', { providers: [{ useValue: 1 }] }, 'token'],
    ['a provider of a token of its own', { providers: [{ token: CLOCK, useValue: {} }] }, 'cannot replace'],
    ['providers that are not a list', { providers: { token: 'x', useValue: 1 } }, 'array'],
    ['a class that is a value', { providers: [{ token: 'x', useClass: {} }] }, 'useClass'],
    ['a store that is none', { store: 1 }, 'not a store'],
    ['an evaluator class as the store', { store: PlainPattern }, 'not a store'],
    ['plugins that are not decorated', { plugins: [Undecorated] }, 'not a pattern'],
  ])('%s', (_what, options, text) => {
    expect(failureOf(() => createContainer(options as never))).toMatchObject({
      code: expect.stringMatching(/^(PLUGIN_INVALID|INVALID_ARGUMENT)$/),
      message: expect.stringMatching(new RegExp(text)),
      remedy: expect.any(String),
    });
  });

  it('a misspelt option', () => {
    expect(failureOf(() => createContainer({ constraintEvaluator: [] } as never))).toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining("'constraintEvaluator'"),
    });
  });
});
