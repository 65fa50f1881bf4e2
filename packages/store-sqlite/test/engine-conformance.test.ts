import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StoreEngine } from '@kaizen-eatp/core/durable';
import type { DurableRunFilter, TrustStore } from '@kaizen-eatp/core/store';
import { SqliteTrustStore } from '@kaizen-eatp/store-sqlite';
import {
  engineRequirements,
  ForwardingStore,
  formatReport,
  runEngineConformance,
} from '@kaizen-eatp/testing';
import { expect, it } from 'vitest';

const placeOver = (seen: (store: TrustStore) => TrustStore) => () => {
  const path = join(mkdtempSync(join(tmpdir(), 'eatp-engine-')), 'trust.db');
  return {
    argument: path,
    open: async () => {
      const store = await SqliteTrustStore.open({ path });
      return { store, engine: new StoreEngine(seen(store)) };
    },
    dispose: () => rmSync(join(path, '..'), { recursive: true }),
  };
};
const module = new URL('./open-engine.mjs', import.meta.url);

/** Does not look for the runs of the process before it. */
class Forgetful extends ForwardingStore {
  override findRuns(filter: DurableRunFilter) {
    const states = filter.states?.filter((state) => state !== 'running');
    return super.findRuns(states ? { ...filter, states } : filter);
  }
}

it('the engine of core over SQLite keeps the whole contract of one worker at a time', async () => {
  const report = await runEngineConformance(
    placeOver((store) => store),
    {
      name: 'SQLite without an engine of its own',
      module,
    },
  );
  expect(report.passed, formatReport(report)).toBe(true);
  expect(report.findings.map(({ id }) => id)).toEqual(
    engineRequirements.map(({ id }) => id).filter((id) => id !== 'ENGINE-SHARES'),
  );
});

it('an engine that leaves the runs of a killed process alone does not', async () => {
  const report = await runEngineConformance(
    placeOver((store) => new Forgetful(store)),
    {
      module,
      takeOverWithin: 2_000,
    },
  );
  const found = report.findings.find(({ id }) => id === 'ENGINE-TAKES-OVER');
  expect(found?.observation).toMatch(/the run of a killed process was not executed within 2000 ms/);
});
