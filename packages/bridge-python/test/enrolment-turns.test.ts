import { expect, it } from 'vitest';
import { EnrolmentTokens, parseEnrolment } from '../src/login/enrolment-tokens.js';
import { keyTrouble } from '../src/values/python-keys.js';

it('enrols with a token one worker after the other, and refuses those that waited once it was used', async () => {
  const tokens = new EnrolmentTokens();
  const wanted = parseEnrolment({ authorityId: 'org', agents: { alice: {}, bob: {} } });
  const text = tokens.create(wanted, { bridgeKey: '', authorities: {} });
  const happened: string[] = [];
  const enrolling = (name: string, gate: Promise<unknown>): Promise<void> =>
    tokens.use(text, [name], `key of ${name}`, async (_, spend) => {
      happened.push(`${name} begins`);
      await gate;
      spend();
      happened.push(`${name} ends`);
    });
  const { promise, resolve } = Promise.withResolvers<void>();
  const first = enrolling('alice', promise);
  const second = enrolling('bob', Promise.resolve());
  const refused = expect(second).rejects.toMatchObject({ code: 'TOKEN_INVALID' });
  await new Promise((done) => setImmediate(done));
  expect(happened).toEqual(['alice begins']);
  resolve();
  await first;
  await refused;
  expect(happened).toEqual(['alice begins', 'alice ends']);
});

it('refuses those that wait too long for an enrolment that hangs, and lets none of them begin', async () => {
  const tokens = new EnrolmentTokens(20);
  const text = tokens.create(parseEnrolment({ authorityId: 'org', agents: { alice: {} } }), {
    bridgeKey: '',
    authorities: {},
  });
  const begun: string[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const enrolling = (keys: string): Promise<void> =>
    tokens.use(text, ['alice'], keys, async () => {
      begun.push(keys);
      await promise;
    });
  const hanging = enrolling('first');
  for (const keys of ['second', 'third'])
    await expect(enrolling(keys)).rejects.toMatchObject({ code: 'OVERLOADED' });
  expect(begun).toEqual(['first']);
  resolve();
  await hanging;
  await enrolling('fourth');
  expect(begun).toEqual(['first', 'fourth']);
});

it('names two keys that are one in Python, also where a number is written with an exponent', () => {
  expect(keyTrouble([1e21, 10n ** 21n])).toContain('twice');
  expect(keyTrouble([1e21, 10n ** 21n + 1n])).toBeUndefined();
});
