import type { TrustStore } from '../../store/index.js';

const waiting = new WeakMap<TrustStore, Map<string, Set<() => void>>>();

/** Wakes what waits in this process for news of a run. */
export function tellOfRun(store: TrustStore, runId: string): void {
  const runs = waiting.get(store);
  const wakes = runs?.get(runId);
  runs?.delete(runId);
  for (const wake of wakes ?? []) wake();
}

/** Waits until this process has news of a run, and for a time at most: other processes tell nothing. */
export function newsOfRun(store: TrustStore, runId: string, milliseconds: number): Promise<void> {
  const runs = waiting.get(store) ?? new Map<string, Set<() => void>>();
  waiting.set(store, runs);
  const added = runs.get(runId) ?? new Set();
  runs.set(runId, added);
  return new Promise((resolve) => {
    const wake = (): void => {
      clearTimeout(timer);
      added.delete(wake);
      if (added.size === 0 && runs.get(runId) === added) runs.delete(runId);
      resolve();
    };
    const timer = setTimeout(wake, milliseconds);
    added.add(wake);
  });
}
