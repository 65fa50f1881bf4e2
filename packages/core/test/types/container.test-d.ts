import { createContainer, type Provider, provide, type Token } from '@kaizen-eatp/core/container';
import { describe, expectTypeOf, it } from 'vitest';

interface Config {
  readonly host: string;
}
const CONFIG = Symbol('Config') as Token<Config>;
const COUNT = Symbol('Count') as Token<number>;
class Host {
  readonly host = 'localhost';
}

describe('the types of providers', () => {
  it('accept each form, and lists in variables', () => {
    createContainer({ providers: [{ token: CONFIG, useValue: { host: 'localhost' } }] });
    createContainer({ providers: [{ token: CONFIG, useClass: Host }] });
    createContainer({ providers: [{ token: CONFIG, useFactory: () => ({ host: 'localhost' }) }] });
    createContainer({
      providers: [
        { token: COUNT, useValue: 1 },
        { token: CONFIG, inject: [COUNT], useFactory: (count: number) => ({ host: `host-${count}` }) },
        provide({ token: Host, inject: [CONFIG, COUNT], useFactory: () => new Host() }),
      ],
    });
    const list: Provider[] = [{ token: CONFIG, useClass: Host }];
    createContainer({ providers: list });
    const one: Provider<Config> = { token: CONFIG, useValue: { host: 'localhost' } };
    createContainer({ providers: [one] });
  });

  it('refuse what does not fit the token', () => {
    // @ts-expect-error a string is not a Config
    createContainer({ providers: [{ token: CONFIG, useValue: 'localhost' }] });
    // @ts-expect-error a Date is not a Config
    createContainer({ providers: [{ token: CONFIG, useClass: Date }] });
    // @ts-expect-error misspelt
    createContainer({ providers: [{ token: CONFIG, useVale: { host: 'localhost' } }] });
  });

  it('let provide() take a factory without parameters and without `inject`', () => {
    createContainer({ providers: [provide({ token: Host, useFactory: () => new Host() })] });
    provide({ token: COUNT, useFactory: async () => 1, lifetime: 'scope' });
    // @ts-expect-error a string is not a number
    provide({ token: COUNT, useFactory: () => 'one' });
    // @ts-expect-error nothing says what the parameter is
    provide({ token: COUNT, useFactory: (count: number) => count });
  });

  it('give the parameters of provide() and the result of resolve() their types', () => {
    provide({
      token: CONFIG,
      inject: [COUNT, CONFIG],
      useFactory: (count, config) => {
        expectTypeOf(count).toEqualTypeOf<number>();
        expectTypeOf(config).toEqualTypeOf<Config>();
        return config;
      },
    });
    expectTypeOf(createContainer().resolve(COUNT)).toEqualTypeOf<number>();
  });
});
