import { SqliteTrustStore } from '@kaizen-eatp/store-sqlite';
import { describeScript } from './support/run-script.js';
import { makeWorld } from './support/world.js';

describeScript(
  'SQLite',
  async () => makeWorld(),
  (world) => SqliteTrustStore.open({ path: world.path('eatp', 'trust.db') }),
);
