import { it } from 'vitest';
import { expectNothingLostByKills } from '../../../test/killed/kill-anywhere.js';
import { sharedServer } from './server/shared-server.ts';

const KILLS = Number(process.env.EATP_KILLS ?? 200);
const server = sharedServer();

it(
  `leaves valid trails, and an intent for whatever was done, when it is killed ${KILLS} times anywhere in runs of every pattern`,
  {
    timeout: 300_000,
  },
  () =>
    expectNothingLostByKills(
      { kind: 'postgres', connectionString: server.url, schema: server.schema() },
      KILLS,
    ),
);
