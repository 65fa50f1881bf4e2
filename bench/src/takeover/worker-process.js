// A worker in a process of its own, which executes runs without an end and says which.
import { TemporalEngine } from '@kaizen-eatp/engine-temporal';

const engine = await TemporalEngine.open(JSON.parse(process.argv[2] ?? ''));
await engine.work({
  concurrency: 4,
  execute: ({ runId }) => {
    process.send?.(runId);
    return new Promise(() => undefined);
  },
});
process.on('disconnect', () => process.exit());
process.send?.('ready');
