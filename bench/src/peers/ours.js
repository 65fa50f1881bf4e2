import { randomUUID } from 'node:crypto';
import {
  InMemoryKeyManager,
  TrustAwareOrchestrationRuntime,
  TrustedAgent,
  TrustOperations,
} from '@kaizen-eatp/core';
import { sequential } from '@kaizen-eatp/patterns';
import { agents, input } from '../work.js';

export const name = 'ours';

/** A key manager that can tell what it signs. */
class RecordingKeyManager extends InMemoryKeyManager {
  /** @type {Uint8Array[] | undefined} */
  recording;

  /** @param {string} text @param {string} keyId */
  sign(text, keyId) {
    this.recording?.push(Buffer.from(text, 'utf8'));
    return super.sign(text, keyId);
  }
}

/**
 * @param {import('../peer.js').Context} _context
 * @param {import('@kaizen-eatp/core/plugin').KeyManagerOptions & { observers?: import('@kaizen-eatp/core/plugin').RunObserver[] }} [options]
 */
export async function setup(_context, { observers = [], ...options } = {}) {
  const keyManager = new RecordingKeyManager(options);
  const trust = new TrustOperations({ keyManager });
  const { id: authorityId } = await trust.createEnterpriseAuthority({
    name: 'Bench',
    id: `org-${randomUUID()}`,
  });
  const names = ['analyze', 'summarize', 'publish'];
  const trusted = await Promise.all(
    agents.map(async (run, i) => {
      const agent = new TrustedAgent({ name: `agent${i}`, agent: run, trust });
      await agent.establishTrust({ authorityId, capabilities: [names[i] ?? 'work'] });
      return agent;
    }),
  );
  // The verification that the reference is timed at as well: two capabilities, at `standard`.
  await trust.establish({
    agentId: 'agent-two',
    authorityId,
    capabilities: ['read_data', 'write_data'],
    protocolCapabilities: false,
  });
  const runtime = new TrustAwareOrchestrationRuntime({
    agents: trusted,
    trust,
    patterns: [sequential],
    observers,
  });
  const run = async () => (await runtime.execute(input, { pattern: 'sequential' })).result;
  await run();
  keyManager.recording = [];
  await run();
  const signedMessages = keyManager.recording;
  keyManager.recording = undefined;
  return {
    run,
    async verify() {
      const { valid, reason } = await trust.verify({
        agentId: 'agent-two',
        action: 'read_data',
        level: 'standard',
      });
      if (!valid) throw new Error(`refused: ${reason}`);
    },
    signedMessages,
    teardown() {},
    version: 'this checkout',
  };
}
