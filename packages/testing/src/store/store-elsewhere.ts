import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { TrustStore } from '@kaizen-eatp/core/store';

interface Answer {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: string;
}

/** A store in another process. */
export interface StoreElsewhere {
  /** Calls the methods of the store there; all but `watch`. */
  readonly store: TrustStore;
  /** Kills the process without a warning (SIGKILL), and waits until it is gone. */
  kill(): Promise<void>;
}

// The file next to this one: the built file, or the source where the suite itself runs from its sources.
const HOST = fileURLToPath(
  new URL(`./store-process.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url),
);

/**
 * Opens a store in another process.
 *
 * @param module - the URL of a module whose default export opens the store.
 * @param argument - is passed to it as JSON.
 */
export async function openElsewhere(module: string, argument: unknown): Promise<StoreElsewhere> {
  const child = fork(HOST, [module, JSON.stringify(argument ?? null)], {
    serialization: 'advanced',
    execArgv: [],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const calls = new Map<number, PromiseWithResolvers<unknown>>();
  const gone = once(child, 'exit');
  let complaint = '';
  child.stderr?.on('data', (data: Buffer) => {
    complaint += data.toString();
  });
  const call = (id: number): Promise<unknown> => {
    const pending = Promise.withResolvers<unknown>();
    calls.set(id, pending);
    return pending.promise;
  };
  child.on('message', ({ id, value, error }: Answer) => {
    const pending = calls.get(id);
    calls.delete(id);
    if (error === undefined) pending?.resolve(value);
    else pending?.reject(new Error(error));
  });
  child.on('exit', () => {
    for (const { reject } of calls.values())
      reject(new Error(`the process with the store has ended ${complaint.trim().slice(-1_000)}`.trim()));
  });
  await call(0);
  return {
    store: remoteStore(child, call),
    kill: async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      await gone;
    },
  };
}

function remoteStore(child: ChildProcess, call: (id: number) => Promise<unknown>): TrustStore {
  let calls = 0;
  const methodOf =
    (method: string) =>
    (...args: readonly unknown[]) => {
      calls += 1;
      const answer = call(calls);
      child.send({ id: calls, method, args }, () => undefined);
      return answer;
    };
  return new Proxy(
    {},
    { get: (_, name) => (name === 'then' ? undefined : methodOf(String(name))) },
  ) as TrustStore;
}
