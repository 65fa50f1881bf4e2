import { describe, expect, it } from 'vitest';
import { redact, redactText } from '../../src/secrets/redaction.js';
import { PLACES, samples, shows } from './samples.js';

describe.each(samples.map((sample) => [sample.form, sample] as const))(
  'a secret of the form "%s"',
  (_form, sample) => {
    const secret = sample.parts.join('');

    it.each(Object.keys(PLACES))('is redacted %s', (place) => {
      const text = PLACES[place]?.(secret, sample) as string;
      expect(redactText(text)).not.toBe(text);
      expect(shows(redactText(text), sample), redactText(text)).toBe(false);
    });

    it('is redacted under the name of an argument', () => {
      for (const name of ['note', 'X-Custom', 'api_key', 'password'])
        expect(shows(JSON.stringify(redact({ list: [{ [name]: secret }] })), sample), name).toBe(false);
    });
  },
);

it('covers at least 60 forms', () => {
  expect(samples.length).toBeGreaterThanOrEqual(60);
});

it.each([
  ...[
    'password',
    'Passwort',
    'apiKey',
    'x-api-key',
    'client_secret',
    'accessToken',
    'access_key',
    'accessKeyId',
  ],
  ...[
    'secretAccessKey',
    'privateKey',
    'totp',
    'otp',
    'cvv',
    'cardNumber',
    'ssn',
    'iban',
    'dsn',
    'connectionString',
  ],
  ...[
    'connection_string',
    'database_url',
    'webhook_url',
    'auth',
    'Authorization',
    'refresh',
    'seed',
    'mnemonic',
  ],
  ...[
    'pin',
    'passcode',
    'sas',
    'signature',
    'credentials',
    'jwt',
    'set-cookie',
    'sessionId',
    'private_key_pem',
  ],
  ...['encryptionKey', 'key', 'salt', 'dbPassword', 'smtp.pass', 'session-id', 'refreshToken'],
])('the value under the name %s is redacted, in an object and in a string', (name) => {
  expect(redact({ [name]: 'PLAINVALUE' })).toEqual({ [name]: '[redacted]' });
  for (const text of [
    `${name}=PLAINVALUE`,
    `${name}: "PLAINVALUE"`,
    `{"${name}":"PLAINVALUE"}`,
    `{'${name}': 'PLAINVALUE'}`,
  ])
    expect(redactText(`with ${text} the call failed`)).not.toContain('PLAINVALUE');
});

it.each([
  'no such row: 42',
  'the token count is 12',
  'max_tokens=4096 and total_tokens: 12',
  "KeyError: 'basic'",
  'postgres://db.example/x',
  'task-2f1c8a90-5f0e-4a44-9c0a-0d2f6b7e8c11 failed after 3 attempts',
  'sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  'packages/core/src/trust/audit/shared-trail-queue.ts:112:14',
  'The author of the key note is authenticated. Is it a secret? No: it is a compass.',
])('ordinary text stays: %s', (text) => {
  expect(redactText(text)).toBe(text);
});

it('what stands around a secret stays', () => {
  expect(redactText('user=bob password=hunter2; host=db')).toBe('user=bob password=[redacted]; host=db');
  expect(redactText('postgres://bob:hunter2@db/x')).toBe('postgres://bob:[redacted]@db/x');
  expect(redactText('ValueError: secret=hunter2 is wrong')).toBe('ValueError: secret=[redacted] is wrong');
  expect(redactText('Cookie: a=1; sid=2\nHost: x')).toBe('Cookie: [redacted]\nHost: x');
});

it('a long string of any kind is searched in time that grows with its length', () => {
  for (const text of [
    'password=',
    'a',
    'Bearer ',
    'eyJ.',
    'w://',
    ':',
    '-----BEGIN ',
    'sk-',
    'A1b',
    '\n',
    "a='",
  ]) {
    const started = performance.now();
    redactText(text.repeat(4_000));
    expect(performance.now() - started, text).toBeLessThan(2_000);
  }
});
