import { opaque } from '@kaizen-eatp/core';
import { defineValueClass } from '@kaizen-eatp/core/records';
import { describe, expect, it, vi } from 'vitest';
import { rejection, World } from '../runtime/world.js';

class Money {
  readonly #text: string;
  constructor(text: string) {
    this.#text = text;
  }
  static write = (money: Money): string => money.#text;
}
defineValueClass(Money, { name: 'test.money', write: Money.write, read: (text) => new Money(text) });

/** Returns the anchor of a tool call with these arguments. */
async function recorded(args: unknown): Promise<string> {
  const world = await World.make();
  const given: unknown[] = [];
  const alice = await world.agent('alice', undefined, {
    capabilities: ['call'],
    tools: { call: (value: unknown) => void given.push(value) },
  });
  await alice.callTool('call', args);
  expect(given).toEqual([args]);
  const [anchor] = await world.trail('outside-runs');
  expect(anchor).toMatchObject({ action: 'call', resource: 'tool:call', result: 'success' });
  return JSON.stringify(anchor?.context);
}

describe('secrets in the arguments of a tool reach the tool, not the record', () => {
  it.each([
    'password',
    'dbPassword',
    'passwd',
    'passphrase',
    'secret',
    'clientSecret',
    'token',
    'access_token',
    'apiKey',
    'api_key',
    'api-key',
    'Authorization',
    'credentials',
    'privateKey',
    'private_key',
    'cookie',
    'Set-Cookie',
    'sessionId',
    'auth',
    'passwords',
    'pwd',
    'PASSWD',
  ])('under the name %s', async (name) => {
    const record = await recorded({ to: 'bob', deep: [{ [name]: 'hunter2-value' }] });
    expect(record).not.toContain('hunter2');
    expect(record).toContain('[redacted]');
    expect(record).toContain('"to":"bob"');
  });

  it.each([
    ['a bearer token', 'Authorization: Bearer abcdefSECRETghi.jkl'],
    ['basic credentials', 'Basic U0VDUkVUU0VDUkVU'],
    ['a private key', '-----BEGIN PRIVATE KEY-----\nSECRET\n-----END PRIVATE KEY-----'],
    ['a private key that was cut', '-----BEGIN RSA PRIVATE KEY-----\nSECRET'],
    ['an api key', 'use sk-SECRET1234567890abc'],
    ['a cloud key', 'AKIASECRETSECRET1234'],
    ['a web token', 'eyJSECRET.eyJSECRET.SECRET'],
    ['a password in an address', 'postgres://admin:SECRET@db.example/x'],
    ['a key in a query', 'https://x.example/?a=1&api_key=SECRET&b=2'],
    ['JSON in a text', '{"password":"SECRET"}'],
  ])('in a text: %s', async (_what, text) => {
    const record = await recorded({ text });
    expect(record).not.toMatch(/SECRET|U0VDUkVU/);
  });

  it('keeps what is no secret', async () => {
    const args = { folder: 'inbox', limit: 10, author: 'bob', list: [1, null, true], at: new Date(0) };
    const record = await recorded(args);
    for (const kept of ['inbox', '10', '"author":"bob"', '[1,null,true]', '1970-01-01'])
      expect(record).toContain(kept);
    expect(record).not.toContain('redacted');
  });

  it('cuts long strings, and records what JSON has no form for', async () => {
    expect((await recorded({ text: 'x'.repeat(50_000) })).length).toBeLessThan(4000);
    expect(await recorded(null)).toContain('"tool":"call"');
    expect(await recorded({ amount: Number.NaN, by: new Map([['to', 'bob']]) })).toContain('"tool":"call"');
  });

  it.each<[string, (what: unknown) => unknown, string]>([
    ['a map', (what) => new Map([['to', what]]), 'bob'],
    ['a map in an object', (what) => ({ by: new Map([[{ to: what }, 1]]) }), 'bob'],
    ['a set', (what) => new Set([what]), 'bob'],
    ['an error', (what) => new Error(String(what)), 'bob'],
    ['an address', (what) => new URL(`https://x.example/${what}`), 'x.example/bob'],
    ['bytes', (what) => new TextEncoder().encode(String(what)).buffer, 'Ym9i'],
    ['an instance of a value class', (what) => new Money(`${what}`), 'bob'],
    ['an object with a number that JSON cannot hold', (what) => ({ what, rate: Number.NaN }), 'bob'],
  ])('tells what the arguments were: %s', async (_what, argsOf, said) => {
    expect(await recorded(argsOf('bob'))).toContain(said);
    expect(await recorded(argsOf('eve'))).not.toContain(said);
  });

  it.each([
    ['a map, under its name', new Map([['password', 'SECRET']])],
    ['a map in a map', new Map([['a', new Map([['token', 'SECRET']])]])],
    ['an address', new URL('postgres://admin:SECRET@db.example/x')],
    ['a set', new Set(['Bearer SECRET'])],
    ['an error', new Error('Bearer SECRET')],
  ])('but no secret in %s', async (_what, args) => {
    expect(await recorded(args)).not.toContain('SECRET');
  });

  it('says of an opaque argument only that it is opaque', async () => {
    const world = await World.make();
    const given: unknown[] = [];
    const alice = await world.agent('alice', undefined, {
      capabilities: ['call'],
      tools: { call: (value: unknown) => void given.push(value) },
    });
    const socket = { password: 'hunter2', send: () => 1 };
    await alice.callTool('call', opaque(socket));
    expect((given[0] as { value: unknown }).value).toBe(socket);
    const [anchor] = await world.trail('outside-runs');
    expect(anchor?.context).toMatchObject({
      input_opaque: true,
      details: { tool: 'call', arguments: '[opaque]' },
    });
  });
});

describe('arguments of a tool that the record cannot describe', () => {
  const circular: Record<string, unknown> = { password: 'hunter2' };
  circular.self = circular;
  it.each([
    ['a cycle', circular],
    ['a function', { f: () => 1 }],
    ['an instance of a class', new (class Order {})()],
  ])('are refused before the tool is used: %s', async (_what, args) => {
    const world = await World.make();
    const call = vi.fn();
    const alice = await world.agent('alice', undefined, { capabilities: ['call'], tools: { call } });
    const error = await rejection(alice.callTool('call', args));
    expect(error.code).toBe('UNSUPPORTED_VALUE');
    expect(error.message).toContain("arguments of tool 'call'");
    expect(call).not.toHaveBeenCalled();
    expect(await world.store.readTrail('outside-runs')).toEqual([]);
    expect(await world.store.openIntents()).toEqual([]);
  });
});
