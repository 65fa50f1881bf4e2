import { TemporalEngine } from '@kaizen-eatp/engine-temporal';
import { describe, expect, it } from 'vitest';

describe('the options of a Temporal engine', () => {
  it.each([
    ['an empty address', { address: '' }],
    ['a queue that could end a query', { address: 'localhost:7233', queue: "runs' OR 'a'='a" }],
    ['a heartbeat that is too short', { address: 'localhost:7233', heartbeatSeconds: 1 }],
    ['a certificate that is text', { address: 'localhost:7233', tls: { serverRootCACertificate: 'PEM' } }],
    ['an option that there is not', { address: 'localhost:7233', schema: 'runs' }],
  ])('refuse %s before a connection is made', async (_, options) => {
    await expect(TemporalEngine.open(options as never)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });
});
