import { engineRequirements, formatReport, runEngineConformance } from '@kaizen-eatp/testing';
import { expect, it } from 'vitest';
import { sharedServer } from '../../store-postgres/test/server/shared-server.js';
// @ts-expect-error: a module that other processes run as it is.
import openEngine from './open-engine.mjs';

const server = sharedServer();

it('keeps the contract of run engines, with several workers and after the death of one', async () => {
  const factory = () => {
    const argument = { connectionString: server.url, schema: server.schema() };
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
      dispose: async () => {
        await server.sql(`DROP SCHEMA IF EXISTS "${argument.schema}_q" CASCADE`);
      },
    };
  };
  const report = await runEngineConformance(factory, {
    name: 'PostgresEngine',
    distributed: true,
    within: 20_000,
    takeOverWithin: 60_000,
    module: new URL('./open-engine.mjs', import.meta.url),
  });
  expect(report.passed, formatReport(report)).toBe(true);
  expect(report.findings.map(({ id }) => id)).toEqual(engineRequirements.map(({ id }) => id));
}, 600_000);
