// Runs in a process of its own. It opens a store by a module of the author and calls its methods for the suite. It imports
// nothing of this package, so that Node.js can run it as it is written.
import type { TrustStore } from '@kaizen-eatp/core/store';

interface Request {
  readonly id: number;
  readonly method: string;
  readonly args: readonly unknown[];
}

const [module = '', argument = 'null'] = process.argv.slice(2);
const { default: open } = (await import(module)) as {
  default: (argument: unknown) => TrustStore | Promise<TrustStore>;
};
const store = await open(JSON.parse(argument));

process.on('message', async ({ id, method, args }: Request) => {
  try {
    const call = (store as unknown as Record<string, (...args: unknown[]) => unknown>)[method];
    process.send?.({ id, value: await call?.apply(store, [...args]) });
  } catch (error) {
    process.send?.({ id, error: error instanceof Error ? error.message : String(error) });
  }
});
process.on('disconnect', () => process.exit());
process.send?.({ id: 0 });
