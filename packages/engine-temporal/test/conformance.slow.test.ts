import { engineRequirements, formatReport, runEngineConformance } from '@kaizen-eatp/testing';
import { expect, it } from 'vitest';
import { sharedServer } from '../../store-postgres/test/server/shared-server.js';
// @ts-expect-error: a module that other processes run as it is.
import openEngine from './open-engine.mjs';
import { onServer, temporalServer } from './temporal-server.js';

onServer('TemporalEngine', () => {
  const database = sharedServer();
  const temporal = temporalServer();

  it('keeps the contract of run engines, with several workers and after the death of one', async () => {
    const factory = () => {
      const { address } = temporal;
      const argument = { connectionString: database.url, schema: database.schema(), address };
      return {
        argument,
        open: async () => {
          const { store, engine } = await openEngine(argument);
          const close = async (): Promise<void> => {
            await engine.close();
            await store.close();
          };
          return { store, engine, close };
        },
      };
    };
    const report = await runEngineConformance(factory, {
      name: 'TemporalEngine',
      distributed: true,
      within: 20_000,
      takeOverWithin: 60_000,
      module: new URL('./open-engine.mjs', import.meta.url),
    });
    expect(report.passed, formatReport(report)).toBe(true);
    expect(report.findings.map(({ id }) => id)).toEqual(engineRequirements.map(({ id }) => id));
  }, 600_000);
});
