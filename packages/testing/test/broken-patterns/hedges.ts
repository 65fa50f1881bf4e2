import { definePattern } from '@kaizen-eatp/core/plugin';

const PATIENCE = 1_500;

/** Asks another worker as well if the first one has not answered after a time, and takes the answer of that one. */
export const hedges = definePattern({
  name: 'hedges',
  async execute({ agents: [lead, first, second], input, invoke, delegate, sleep, now }) {
    const plan = await invoke(lead!, input);
    await delegate(lead!, first!);
    let isThere = false;
    const answer = invoke(first!, plan).finally(() => {
      isThere = true;
    });
    // Nothing is left behind.
    const end = Promise.allSettled([answer]);
    const start = (await now()).getTime();
    while (!isThere && (await now()).getTime() < start + PATIENCE) await sleep(20);
    if (isThere) return { plan, answer: await answer };
    await delegate(lead!, second!);
    const other = await invoke(second!, plan);
    await end;
    return { plan, answer: other };
  },
});
