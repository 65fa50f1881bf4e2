import { EatpError } from '@kaizen-eatp/core';
import type { TrustStore } from '@kaizen-eatp/core/store';
import { expectSame, expectThat } from './expectations.js';
import { chainText, putChain } from './samples.js';
import type { StoreTrial } from './store-trial.js';

const WRITERS = 8;
/** How many times a writer tries to replace a chain. */
export const ATTEMPTS = { quick: 2_400, full: 10_000 } as const;

/** Exactly one of many writers that replace the same version of a chain succeeds, each of thousands of times. */
export const comparesUnderContention = (trial: StoreTrial): Promise<undefined> =>
  trial.inPlace(async (place) => {
    const stores = await place.openTwo();
    await stores[0].commit([putChain('agent-alice')]);
    const rounds = ATTEMPTS[trial.thoroughness] / WRITERS;
    for (let round = 1; round <= rounds; round++) {
      const reader = stores[round % 2] as TrustStore;
      const [chain] = await reader.readChains(['agent-alice']);
      const notes = Array.from({ length: WRITERS }, (_, writer) => `round ${round}, writer ${writer}`);
      const ends = await Promise.allSettled(
        notes.map((note, writer) =>
          (stores[writer % 2] as TrustStore).commit([
            putChain('agent-alice', chain?.version ?? '', chainText('agent-alice', note)),
          ]),
        ),
      );
      const winners = notes.filter((_, writer) => ends[writer]?.status === 'fulfilled');
      expectSame(`writers that replaced one version, in round ${round} of ${rounds}`, winners.length, 1);
      const odd = ends.find((end) => end.status === 'rejected' && !isConflict(end.reason));
      expectThat(`a writer must be refused with STORE_CONFLICT, but one was with: ${reasonOf(odd)}`, !odd);
      const [after] = await reader.readChains(['agent-alice']);
      expectSame(
        `the chain after round ${round}`,
        after?.text,
        chainText('agent-alice', winners[0] as string),
      );
    }
  });

const isConflict = (error: unknown): boolean => error instanceof EatpError && error.code === 'STORE_CONFLICT';

const reasonOf = (end: PromiseSettledResult<void> | undefined): string =>
  end?.status === 'rejected' ? String(end.reason) : 'nothing';
