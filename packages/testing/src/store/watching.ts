import type { StoreEvent, TrustStore } from '@kaizen-eatp/core/store';
import { within } from '../conformance/within.js';
import { expectSame, expectThat } from './expectations.js';
import {
  appendStatement,
  chainText,
  deactivateChain,
  putChain,
  revocation,
  revoke,
  statements,
} from './samples.js';
import type { StoreTrial } from './store-trial.js';

/** A watcher receives changed chains and revocations, until it stops. */
export const tellsWatchers = (trial: StoreTrial): Promise<undefined> =>
  trial.withStore(async (store) => {
    // What goes wrong in one watcher is no matter of the writer, nor of the other watchers.
    const stopFaulty = store.watch(() => {
      throw new Error('the conformance suite throws in a watcher');
    });
    const heard = listen(store);
    await store.commit([putChain('agent-alice')]);
    stopFaulty();
    await heard.until(1, trial.abilities.watchWithin);
    await store.commit([revoke('person', 'person-1'), deactivateChain('agent-alice')]);
    await heard.until(3, trial.abilities.watchWithin);
    expectSame('what a watcher heard', heard.events, [
      { type: 'chain_changed', agentId: 'agent-alice' },
      { type: 'revoked', revocation: revocation('person', 'person-1') },
      { type: 'chain_changed', agentId: 'agent-alice' },
    ]);
    await store.commit(statements(1).map(appendStatement));
    await heard.until(4, trial.abilities.watchWithin);
    expectSame('what a watcher heard of a statement', heard.events[3], {
      type: 'statement_added',
      sequence: 1,
    });
    heard.stop();
    const other = listen(store);
    await store.commit([revoke('agent', 'agent-alice')]);
    await other.until(1, trial.abilities.watchWithin);
    expectSame('what the other watcher heard', other.events.length, 1);
    expectSame('what a watcher heard after it ended', heard.events.length, 4);
    other.stop();
  });

/** An instance reads the writes of the other, and its watchers receive them within the bound. */
export const seesTheOthers = (trial: StoreTrial): Promise<undefined> =>
  trial.inPlace(async (place) => {
    const [one, other] = await place.openTwo();
    const heard = listen(other);
    await one.commit([putChain('agent-alice')]);
    const [chain] = await other.readChains(['agent-alice']);
    expectSame('a chain that another instance wrote', chain?.text, chainText('agent-alice'));
    await one.commit([revoke('agent', 'agent-alice')]);
    const revoked = await other.readRevocations('agent', ['agent-alice']);
    expectSame('a revocation by another instance', revoked, [revocation('agent', 'agent-alice')]);
    const isRevoked = (event: StoreEvent): boolean =>
      event.type === 'revoked' && event.revocation.subjectId === 'agent-alice';
    await one.commit(statements(1).map(appendStatement));
    await heard.until(3, trial.abilities.watchWithin);
    expectThat(
      `a watcher was not told of another instance's revocation within ${trial.abilities.watchWithin} ms`,
      heard.events.some(isRevoked),
    );
    expectThat(
      `a watcher was not told of another instance's statement within ${trial.abilities.watchWithin} ms`,
      heard.events.some((event) => event.type === 'statement_added' && event.sequence === 1),
    );
    heard.stop();
  });

function listen(store: TrustStore) {
  const events: StoreEvent[] = [];
  let wake = (): void => undefined;
  const stop = store.watch((event) => {
    events.push(event);
    wake();
  });
  const reached = async (count: number): Promise<void> => {
    while (events.length < count) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  return {
    events,
    stop,
    until: (count: number, milliseconds: number) => within(reached(count), milliseconds),
  };
}
