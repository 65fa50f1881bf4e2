import { type AgentHandle, definePattern, type PatternExecution } from '@kaizen-eatp/core/plugin';

/** A pattern without a fault: one agent leads, and all others work concurrently. Each broken pattern adds one fault. */
export const goodPattern = definePattern({
  name: 'good',
  async execute(execution) {
    const { lead, workers } = parts(execution);
    const plan = await execution.invoke(lead, execution.input);
    return Object.fromEntries(await allOf(workers, (worker) => workUnder(execution, lead, worker, plan)));
  },
});

export function parts({ agents }: PatternExecution): { lead: AgentHandle; workers: AgentHandle[] } {
  const [lead, ...workers] = agents;
  return { lead: lead as AgentHandle, workers };
}

export async function workUnder(
  execution: PatternExecution,
  lead: AgentHandle,
  worker: AgentHandle,
  input: unknown,
): Promise<readonly [name: string, output: unknown]> {
  await execution.delegate(lead, worker, { capabilities: ['work'] });
  return [worker.name, await execution.invoke(worker, input)];
}

/** All results, once every one of them has settled; else the first failure. */
export async function allOf<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const settled = await Promise.allSettled(items.map(work));
  const failure = settled.find((each) => each.status === 'rejected');
  if (failure) throw failure.reason;
  return settled.map((each) => (each as PromiseFulfilledResult<R>).value);
}
