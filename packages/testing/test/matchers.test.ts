import { MemoryTrustStore } from '@kaizen-eatp/core';
import { definePattern } from '@kaizen-eatp/core/plugin';
import type { TrailEntry } from '@kaizen-eatp/core/store';
import { ForwardingStore, fails, scriptedAgent, trustWorld } from '@kaizen-eatp/testing';
import '@kaizen-eatp/testing/vitest';
import { describe, expect, it } from 'vitest';

const alone = definePattern({
  name: 'alone',
  execute: ({ agents, input, invoke }) => invoke(agents[0]!, input),
});

const world = (
  script?: Parameters<typeof scriptedAgent>[0],
  store = new MemoryTrustStore() as ForwardingStore | MemoryTrustStore,
) => trustWorld({ store, agents: { alice: { agent: scriptedAgent(script) }, mallory: { trusted: false } } });

/** Gives back a trail whose last entry has been changed. */
class TamperedStore extends ForwardingStore {
  isTampered = false;

  override async readTrail(
    trailId: string,
    page?: { afterSequence?: number; limit?: number },
  ): Promise<TrailEntry[]> {
    const trail = await super.readTrail(trailId, page);
    return this.isTampered
      ? trail.map((entry) => ({ ...entry, text: entry.text.replace('success', 'failure') }))
      : trail;
  }
}

describe('toHaveVerifiedTrail', () => {
  it('holds for a result, an error and a run id', async () => {
    const { runtime, trust } = await world([1, fails()]);
    const run = runtime([alone], { only: ['alice'] });
    const result = await run.execute('hello', { pattern: 'alone' as never });
    await expect(result).toHaveVerifiedTrail(trust);
    await expect(result.runId).toHaveVerifiedTrail(trust);
    const error: unknown = await run
      .execute('hello', { pattern: 'alone' as never })
      .catch((thrown) => thrown);
    await expect(error).toHaveVerifiedTrail(trust);
  });

  it('does not hold for a trail that was changed, and says where', async () => {
    const store = new TamperedStore(new MemoryTrustStore());
    const { runtime, trust } = await world(undefined, store);
    const result = await runtime([alone], { only: ['alice'] }).execute('hello', {
      pattern: 'alone' as never,
    });
    store.isTampered = true;
    await expect(result).not.toHaveVerifiedTrail(trust);
    await expect(expect(result).toHaveVerifiedTrail(trust)).rejects.toThrow(/entry 1: LINK_BROKEN/);
  });

  it('does not hold when anchors that the run tells of are not stored', async () => {
    const { runtime, trust } = await world();
    const result = await runtime([alone], { only: ['alice'] }).execute('hello', {
      pattern: 'alone' as never,
    });
    const more = { ...result, auditTrail: [...result.auditTrail, ...result.auditTrail] };
    await expect(expect(more).toHaveVerifiedTrail(trust)).rejects.toThrow(
      /the 4 anchors .* and 2 are stored/,
    );
    await expect(expect('run-unknown').toHaveVerifiedTrail(trust)).rejects.toThrow(/none is stored/);
    await expect(expect(result).toHaveVerifiedTrail({} as never)).rejects.toThrow(
      /expected the TrustOperations/,
    );
    await expect(expect(undefined).toHaveVerifiedTrail(trust)).rejects.toThrow(/expected a run/);
    await expect(expect(undefined).not.toHaveVerifiedTrail(trust)).rejects.toThrow(/expected a run/);
  });
});

describe('toHaveErrorCode', () => {
  it('compares the code of what was thrown', async () => {
    const { runtime } = await world([fails('boom')]);
    const run = runtime([alone], { only: ['alice'] }).execute('hello', { pattern: 'alone' as never });
    await expect(run).rejects.toHaveErrorCode('AGENT_FAILED');
    await expect(run).rejects.not.toHaveErrorCode('REVOKED');
    expect(() => expect(new Error('plain')).toHaveErrorCode('REVOKED')).toThrow(
      /Error: plain, which is not an EatpError/,
    );
  });
});

describe('toBeDenied', () => {
  it('holds for a denial that verify returns, and for one that was thrown', async () => {
    const { agents } = await world();
    expect(await agents.mallory.verify('work')).toBeDenied('NO_CHAIN');
    expect(await agents.alice.verify('administer')).toBeDenied();
    expect(await agents.alice.verify('work')).not.toBeDenied();
    await expect(agents.alice.run('x', { action: 'administer' })).rejects.toBeDenied('CAPABILITY_NOT_HELD');
    expect(() => expect({ denial: { code: 'REVOKED' } }).toBeDenied('EXPIRED')).toThrow(
      /EXPIRED, got REVOKED/,
    );
  });
});
