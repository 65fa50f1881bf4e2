import { OrchestrationRuntime } from '@kaizen-eatp/core';
import { definePattern, type StandardSchema } from '@kaizen-eatp/core/plugin';
import * as v from 'valibot';
import { expect, it } from 'vitest';
import { thrownBy } from './explained.js';
import { rejection } from './world.js';

const chunks = definePattern({
  name: 'chunks',
  options: v.strictObject({ size: v.optional(v.pipe(v.number(), v.minValue(1)), 3) }),
  execute: async ({ options }) => options.size,
});
const runtime = new OrchestrationRuntime({ agents: { a: () => 0 }, patterns: [chunks] });
const run = (options?: unknown) =>
  runtime.execute(0, { pattern: 'chunks' as string, options: options as never });

const answering = (validate: (value: unknown) => unknown) =>
  definePattern({
    name: 'odd',
    options: { '~standard': { version: 1, vendor: 'test', validate } } as StandardSchema,
    execute: async () => 0,
  });
const refusal = (validate: (value: unknown) => unknown) =>
  rejection(
    new OrchestrationRuntime({ agents: { a: () => 0 }, patterns: [answering(validate)] }).execute(0, {
      pattern: 'odd' as string,
    }),
  );

it('options are checked and completed by a schema of another library than zod', async () => {
  expect((await run()).result).toBe(3);
  expect((await run({ size: 7 })).result).toBe(7);
});

it('what such a schema refuses is refused, with the path and its message', async () => {
  expect(await rejection(run({ size: 0 }))).toMatchObject({
    code: 'INVALID_PATTERN_OPTIONS',
    message: expect.stringContaining('size: Invalid value: Expected >=1'),
  });
  expect(await rejection(run({ sise: 2 }))).toMatchObject({
    code: 'INVALID_PATTERN_OPTIONS',
    message: expect.stringContaining('sise'),
  });
});

it.each([
  ['a promise', () => Promise.reject(new Error('late'))],
  // biome-ignore lint/suspicious/noThenProperty: an object that is awaited like a promise is what is tried.
  ['another thenable', () => ({ then: (_: unknown, reject: (reason: unknown) => void) => reject(1) })],
  [
    'an error',
    () => {
      throw new Error('broken');
    },
  ],
  ['nothing', () => undefined],
])('a schema that answers with %s is the fault of the pattern', async (_name, validate) => {
  expect(await refusal(validate)).toMatchObject({ code: 'PLUGIN_INVALID' });
});

it('what is no schema is refused when the pattern is defined', () => {
  expect(
    thrownBy(() => definePattern({ name: 'odd', options: { size: 1 } as never, execute: async () => 0 })),
  ).toMatchObject({ code: 'PLUGIN_INVALID', received: expect.stringContaining('object') });
});
