import { definePattern } from '@kaizen-eatp/core/plugin';
import { trustWorld } from '../fakes/trust-world.js';
import { expectSame } from './expectations.js';
import type { StoreTrial } from './store-trial.js';

/** Two agents, one after the other, with a delegation in between. The second use of it reads it from the store. */
export const relay = definePattern({
  name: 'relay',
  async execute({ agents, input, delegate, invoke }) {
    const [alice, bob] = agents as [(typeof agents)[0], (typeof agents)[0]];
    const plan = await invoke(alice, input);
    await delegate(alice, bob, { capabilities: ['work'] });
    return invoke(bob, await invoke(bob, plan));
  },
});

/** A run over the store from start to end, with a trail that verifies. */
export const carriesARun = (trial: StoreTrial): Promise<undefined> =>
  trial.withStore(async (store) => {
    const { runtime, trust } = await trustWorld({ store, agents: { alice: {}, bob: {} } });
    const result = await runtime([relay]).execute('Zoë sends 漢字', { pattern: 'relay' as never });
    expectSame('the result of a run', result.result, 'Zoë sends 漢字');
    const { valid, entries } = await trust.verifyTrail(result.runId);
    expectSame(
      'whether its trail verifies, and its length',
      [valid, entries],
      [true, result.auditTrail.length],
    );
  });
