import { describe, expect, it } from 'vitest';
import { DEFAULT_CACHE_BYTES } from '../../src/trust/deployment.js';
import { sizeOf } from '../../src/trust/verify/record-cache.js';
import { World } from './world.js';

describe('the cache of parsed chains', () => {
  // One agent too many, and a round of verdicts about all of them parses and checks every chain again.
  it('holds 100,000 agents of ordinary size by default', async () => {
    const world = await World.create();
    await world.establish('agent-99999', ['read_data', 'write_data']);
    const text = await world.trust.exportChain('agent-99999');
    expect(sizeOf('agent-99999', text) * 100_000).toBeLessThanOrEqual(DEFAULT_CACHE_BYTES);
  });
});
