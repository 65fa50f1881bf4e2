import type { StoreEvent } from '@kaizen-eatp/core/store';
import { becomes } from '../conformance/within.js';
import { expectSame, expectThat } from './expectations.js';
import { putChain, revoke } from './samples.js';
import type { StoreTrial } from './store-trial.js';

/** How long the watchers live, in milliseconds. */
const LIFE = { quick: 1_500, full: 60_000 } as const;
const CHANGES = 6;
const WATCHERS = 5;
/** An event can come late on a busy machine; here it counts whether it comes at all. */
const PATIENCE = 5_000;

/** Several watchers of each instance, all of which live long, receive every change once. */
export const keepsWatching = (trial: StoreTrial): Promise<undefined> =>
  trial.inPlace(async (place) => {
    const stores = await place.openTwo();
    const heard = stores.flatMap((store) =>
      Array.from({ length: WATCHERS }, () => {
        const events: StoreEvent[] = [];
        return { events, stop: store.watch((event) => events.push(event)) };
      }),
    );
    try {
      for (let change = 1; change <= CHANGES; change++) {
        const writer = stores[change % 2] ?? stores[0];
        await writer.commit([
          change % 2 === 0 ? putChain(`agent-${change}`) : revoke('agent', `agent-${change}`),
        ]);
        const isHeard = await becomes(
          () => heard.every(({ events }) => events.length >= change),
          trial.abilities.watchWithin + PATIENCE,
        );
        const numbers = heard.map(({ events }) => events.length);
        expectThat(
          `change ${change} of ${CHANGES}, which came after ${Math.round((LIFE[trial.thoroughness] / CHANGES) * (change - 1))} ms, did not reach every watcher; they received ${numbers.join(', ')} events`,
          isHeard,
        );
        await new Promise((resolve) => setTimeout(resolve, LIFE[trial.thoroughness] / CHANGES));
      }
      expectSame(
        'the numbers of events that the watchers received',
        heard.map(({ events }) => events.length),
        heard.map(() => CHANGES),
      );
    } finally {
      for (const { stop } of heard) stop();
    }
  });
