import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { spawnPythonAgents } from '@kaizen-eatp/bridge-python';
import {
  generateKeyPair,
  MemoryTrustStore,
  TrustAwareOrchestrationRuntime,
  TrustOperations,
} from '@kaizen-eatp/core';
import { worker } from '@kaizen-eatp/core/durable';
import { definePattern } from '@kaizen-eatp/core/plugin';
import type { TrustStore } from '@kaizen-eatp/core/store';
import { SeededKeyManager } from '@kaizen-eatp/testing';
import { expect, it, onTestFinished } from 'vitest';
import { ownFolder } from './support/joined-worker.js';
import { PYTHON } from './support/remote-world.js';

const MODULE = fileURLToPath(new URL('./python/long_agents.py', import.meta.url));

const once = definePattern({
  name: 'once',
  execute: ({ agents: [agent], input, invoke }) => invoke(agent!, input).catch(({ code }) => code),
});

/** A process's way to a store, which ends with the process. */
function wayTo(store: TrustStore) {
  let isDead = false;
  const way = new Proxy(store, {
    get(target, name) {
      const member = Reflect.get(target, name, target) as (...given: unknown[]) => unknown;
      if (typeof member !== 'function') return member;
      return (...given: unknown[]) =>
        isDead && name !== 'watch' && name !== 'close'
          ? Promise.reject(new Error('The process has died.'))
          : member.apply(target, given);
    },
  });
  const die = (): void => {
    isDead = true;
  };
  return { way, die };
}

it.each([
  ['retry', 'attempt 2', 2],
  ['unknown', 'AGENT_DISCONNECTED', 1],
] as const)(
  'a Python agent with `interrupted: %s`, whose caller dies during the call',
  async (interrupted, result, attempts) => {
    const store = new MemoryTrustStore();
    const keyManager = new SeededKeyManager();
    const seed = generateKeyPair().privateKey;
    const path = join(ownFolder(), 'attempts');
    const log = (): string[] => {
      try {
        return readFileSync(path, 'utf8').trim().split('\n');
      } catch {
        return [];
      }
    };
    const processOver = async (its: TrustStore) => {
      const trust = new TrustOperations({ recorder: 'org-acme', store: its, keyManager });
      if (its !== store)
        await trust.createEnterpriseAuthority({ name: 'ACME', signingKeyId: 'key-org-acme' });
      const python = await spawnPythonAgents({
        trust,
        authorityId: 'org-acme',
        module: MODULE,
        python: PYTHON,
        agents: { repeated: { interrupted } },
        keys: { repeated: seed },
        processes: 1,
        verify: 'signature',
        onLog: () => undefined,
      });
      onTestFinished(() => python.close());
      return { trust, agents: [python.agents.repeated!], patterns: [once] };
    };
    const { way, die } = wayTo(store);
    const first = await processOver(way);
    const serving = await worker(first);
    const run = await new TrustAwareOrchestrationRuntime(first).submit(
      { path },
      { pattern: 'once' as never },
    );
    await expect.poll(log, { timeout: 60_000 }).toHaveLength(1);
    die();
    void serving.stop().catch(() => undefined);
    const second = await processOver(store);
    const served = await worker({ ...second, drainTimeout: 100 });
    onTestFinished(() => served.stop());
    expect(await new TrustAwareOrchestrationRuntime(second).attach(run.runId).result()).toBe(result);
    const lines = log();
    expect(lines.map((line) => line.split(' ')[0])).toEqual(['1', '2'].slice(0, attempts));
    // A service that does nothing twice under one key recognises the second attempt.
    expect(new Set(lines.map((line) => line.split(' ')[1])).size).toBe(1);
  },
  120_000,
);
