// Runs every pattern again and again until it is killed: where the store is, the authority's private key, the path of
// its own log, its name. Agents write down what they do when they do it; a kill takes nothing that was written.
import { openSync, writeSync } from 'node:fs';
import {
  InMemoryKeyManager,
  type InvocationContext,
  TrustAwareOrchestrationRuntime,
  TrustedAgent,
  TrustOperations,
} from '@kaizen-eatp/core';
import { allPatterns } from '@kaizen-eatp/patterns';
import { patternSetups } from '../../packages/patterns/test/pattern-setups.ts';
import { agentName, KEY_ID } from './company.ts';
import { openPlace } from './place.ts';

const [place, privateKey, logPath, name] = process.argv.slice(2) as [string, string, string, string];
const log = openSync(logPath, 'a');
const write = (line: object): void => void writeSync(log, `${JSON.stringify(line)}\n`);

const keyManager = new InMemoryKeyManager();
await keyManager.importKey(KEY_ID, privateKey);
const trust = new TrustOperations({ store: await openPlace(JSON.parse(place)), keyManager });

const loops = Object.entries(patternSetups).map(([pattern, [setup]]) => {
  const agents = Object.fromEntries(
    Object.entries(setup.agents).map(([player, { run }]) => {
      const act = async (input: unknown, context: InvocationContext): Promise<unknown> => {
        write({ did: context.invocationId });
        await new Promise((resolve) => setImmediate(resolve));
        return run?.(input as never, context);
      };
      return [player, new TrustedAgent({ name: agentName(pattern, player), agent: { run: act }, trust })];
    }),
  );
  const runtime = new TrustAwareOrchestrationRuntime({ agents, trust, patterns: allPatterns });
  return async (): Promise<never> => {
    for (let n = 1; ; n++) {
      const runId = `run-${name}-${pattern}-${n}`;
      write({ began: runId, pattern });
      const { auditTrail } = await runtime.execute('x', { pattern: pattern as 'sequential', runId });
      write({ succeeded: runId, anchors: auditTrail.length });
      // The first run takes longer, since its code is not yet compiled.
      process.send?.('running');
    }
  };
});
await Promise.all(loops.map((loop) => loop()));
