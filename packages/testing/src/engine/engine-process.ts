// Runs in a process of its own, which the suite kills. It opens an engine by a module of the author, and executes runs
// without an end. It imports nothing of this package, so that Node.js can run it as it is written.
import type { RunEngine, RunJob } from '@kaizen-eatp/core/durable';
import type { TrustStore } from '@kaizen-eatp/core/store';

const [module = '', argument = 'null'] = process.argv.slice(2);
const { default: open } = (await import(module)) as {
  default: (argument: unknown) => Promise<{ store: TrustStore; engine: RunEngine }>;
};
const { store, engine } = await open(JSON.parse(argument));

await engine.work({
  concurrency: 1,
  execute: async ({ runId, token }: RunJob) => {
    await store.commit([
      { op: 'claim_run', runId, owner: token, at: '2026-06-01T12:00:00.000+00:00' },
      { op: 'fence', runId, owner: token },
    ]);
    process.send?.({ runId, token });
    return new Promise(() => undefined);
  },
});
process.on('disconnect', () => process.exit());
process.send?.('ready');
