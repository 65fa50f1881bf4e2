import { type EatpError, TrustOperations } from '@kaizen-eatp/core';
import { PostgresTrustStore } from '@kaizen-eatp/store-postgres';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { refusal } from './records.ts';
import { CERTIFICATE, KEY } from './server/certificate.ts';
import { EmbeddedServer } from './server/embedded-server.ts';

// A server of its own, since it speaks TLS.
let server: EmbeddedServer;
beforeAll(async () => {
  const flags = ['ssl=on', 'ssl_cert_file=test.crt', 'ssl_key_file=test.key'].flatMap((flag) => ['-c', flag]);
  server = await EmbeddedServer.start(flags, { 'test.crt': CERTIFICATE, 'test.key': KEY });
});
afterAll(() => server.stop());

it('speaks TLS on every connection, to a server whose certificate it was given', async () => {
  const store = await PostgresTrustStore.open({ connectionString: server.url, ssl: { ca: CERTIFICATE } });
  const stop = store.watch(() => undefined);
  const trust = new TrustOperations({ store });
  await trust.createEnterpriseAuthority({ name: 'ACME' });
  await store.openIntents();
  const admin = new pg.Client({ connectionString: server.url });
  await admin.connect();
  const sessions = async () =>
    (
      await admin.query(
        `SELECT DISTINCT application_name AS name, ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
         WHERE application_name LIKE 'kaizen-eatp:%' ORDER BY 1`,
      )
    ).rows;
  const encrypted = ['read', 'watch', 'write'].map((name) => ({ name: `kaizen-eatp:${name}`, ssl: true }));
  try {
    await expect.poll(sessions).toEqual(encrypted);
  } finally {
    await admin.end();
    stop();
    await store.close();
  }
});

it.each<[string, Parameters<typeof PostgresTrustStore.open>[0]['ssl']]>([
  ['that no authority has signed', true],
  ['of another name', { ca: CERTIFICATE, servername: 'elsewhere.example' }],
])('refuses a certificate %s, and sends no password', async (_, ssl) => {
  const error: EatpError = await refusal(
    PostgresTrustStore.open({ connectionString: server.url, ...(ssl !== undefined && { ssl }) }),
  );
  expect(error).toMatchObject({ code: 'STORE_FAILED', evidence: { outcome: 'nothing_written' } });
  expect(error).toMatchObject({ evidence: { retryable: false } });
  expect(error.message).toMatch(/certificate/i);
  expect(error.remedy).toMatch(/ssl: \{ ca \}/);
});
