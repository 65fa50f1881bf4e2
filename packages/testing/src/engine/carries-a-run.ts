import { worker } from '@kaizen-eatp/core/durable';
import { within } from '../conformance/within.js';
import { trustWorld } from '../fakes/trust-world.js';
import { relay } from '../store/carrying-a-run.js';
import type { EngineTrial } from './engine-trial.js';

/** A durable run from its submission to its result, by core's own worker, with a trail that verifies. */
export const carriesDurableRuns = (trial: EngineTrial): Promise<string | undefined> =>
  trial.inPlace(async (site) => {
    const { store, engine } = await site.open();
    const world = await trustWorld({ store, agents: { alice: {}, bob: {} } });
    const runtime = world.runtime([relay], { engine });
    const agents = Object.entries(world.agents);
    const serving = await worker({ trust: world.trust, agents, patterns: [relay], engine });
    try {
      const run = await runtime.submit('Zoë sends 漢字', { pattern: 'relay' as never });
      const result = await within(run.result(), trial.setup.within);
      if (result === undefined)
        return `a run did not end within ${trial.setup.within} ms: it is ${(await run.status()).state}`;
      if (result !== 'Zoë sends 漢字') return `the result of a run was ${JSON.stringify(result)}`;
      const { valid } = await world.trust.verifyTrail(run.runId);
      return valid ? undefined : 'the trail of a run does not verify';
    } finally {
      await serving.stop();
    }
  });
