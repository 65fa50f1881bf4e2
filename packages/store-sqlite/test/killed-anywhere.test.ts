import { expect, it } from 'vitest';
import { expectNothingLostByKills } from '../../../test/killed/kill-anywhere.js';
import { openStore, temporaryPath } from './support/places.js';

const KILLS = Number(process.env.EATP_KILLS ?? 200);

it(`leaves valid trails, and an intent for whatever was done, when it is killed ${KILLS} times anywhere in runs of every pattern`, {
  timeout: 300_000,
}, async () => {
  const path = temporaryPath();
  await expectNothingLostByKills({ kind: 'sqlite', path }, KILLS);
  const { findings } = await (await openStore(path)).doctor({ signatures: false });
  expect(findings).toEqual([]);
});
