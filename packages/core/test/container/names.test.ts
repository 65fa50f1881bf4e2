import { MemoryTrustStore } from '@kaizen-eatp/core';
import {
  createContainer,
  createContainerAsync,
  PLUGIN_OPTIONS,
  TRUST_STORE,
} from '@kaizen-eatp/core/container';
import { ConstraintEvaluatorPlugin } from '@kaizen-eatp/core/plugin';
import { TrustStorePlugin } from '@kaizen-eatp/core/store';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { rejection } from '../runtime/world.js';
import { First, failureOf, LabelledStore, Never } from './plugins.js';

const plugins = [LabelledStore, Never, First];

describe('a configuration selects', () => {
  it('a store, evaluators and patterns by the names in their decorators', async () => {
    const configuration = JSON.parse(`{
      "store": { "plugin": "labelled", "options": { "label": "red" } },
      "constraintEvaluators": ["never"],
      "patterns": ["first"]
    }`) as object;
    const container = createContainer({ plugins, ...configuration });
    const store = container.resolve(TRUST_STORE);
    expect(store).toBeInstanceOf(LabelledStore);
    expect((store as LabelledStore).label).toBe('red');
    expect(container.patterns).toEqual([expect.any(First)]);
    const { id } = await container.trust.createEnterpriseAuthority({ name: 'ACME' });
    await container.trust.establish({
      agentId: 'a',
      authorityId: id,
      capabilities: ['work'],
      constraints: ['never'],
    });
    expect(await container.trust.verify({ agentId: 'a', action: 'work' })).toMatchObject({ valid: false });
  });

  it('a store without options, whose schema fills in the defaults, and the store in memory', () => {
    const store = createContainer({ plugins, store: 'labelled' }).resolve(TRUST_STORE);
    expect((store as LabelledStore).label).toBe('none');
    expect(createContainer({ store: 'memory' }).resolve(TRUST_STORE)).toBeInstanceOf(MemoryTrustStore);
  });

  it('nothing by a name that no plugin has', () => {
    expect(failureOf(() => createContainer({ plugins, store: 'labeled' }))).toMatchObject({
      code: 'PLUGIN_INVALID',
      expected: 'one of memory, labelled',
      remedy: expect.stringContaining("'labelled'"),
    });
    expect(failureOf(() => createContainer({ plugins, patterns: ['labelled'] }))).toMatchObject({
      code: 'PLUGIN_INVALID',
      expected: 'one of first',
    });
    expect(failureOf(() => createContainer({ constraintEvaluators: ['never'] }))).toMatchObject({
      code: 'PLUGIN_INVALID',
    });
  });

  it('no plugin with options that its schema refuses, or without a schema', () => {
    for (const store of [
      { plugin: 'labelled', options: { label: 1 } },
      { plugin: 'labelled', options: { lable: 'red' } },
      { plugin: 'memory', options: {} },
    ]) {
      expect(failureOf(() => createContainer({ plugins, store }))).toMatchObject({
        code: 'PLUGIN_INVALID',
        message: expect.stringContaining(`'${store.plugin}'`),
      });
    }
  });
});

describe('the options of a plugin', () => {
  it('can be checked by any Standard Schema, also asynchronously', async () => {
    const options = {
      '~standard': {
        version: 1 as const,
        vendor: 'test',
        validate: async (value: unknown) =>
          (value as { ok?: boolean }).ok
            ? { value: 'checked' }
            : { issues: [{ message: 'not ok', path: ['ok'] }] },
      },
    };
    const got: unknown[] = [];
    @TrustStorePlugin({ name: 'checking', options })
    class Checking extends MemoryTrustStore {
      static readonly inject = [PLUGIN_OPTIONS];
      constructor(given: unknown) {
        super();
        got.push(given);
      }
    }
    const settings = { plugins: [Checking], store: { plugin: 'checking', options: { ok: true } } };
    await createContainerAsync(settings);
    expect(got).toEqual(['checked']);
    const bad = { ...settings, store: { plugin: 'checking', options: {} } };
    expect(await rejection(createContainerAsync(bad))).toMatchObject({
      code: 'PLUGIN_INVALID',
      received: 'ok: not ok',
    });
    expect(failureOf(() => createContainer(settings))).toMatchObject({
      remedy: expect.stringContaining('createContainerAsync'),
    });
  });

  it('must be a schema', () => {
    const decorate = (options: unknown) => () =>
      TrustStorePlugin({ name: 'x', options: options as never })(class extends MemoryTrustStore {});
    expect(decorate({ label: 'red' })).toThrow(expect.objectContaining({ code: 'PLUGIN_INVALID' }));
    expect(decorate(z.object({}))).not.toThrow();
  });
});

describe('plugins', () => {
  it('of the same kind and name are refused, and of two kinds are not', () => {
    @TrustStorePlugin({ name: 'labelled' })
    class Other extends MemoryTrustStore {}
    @ConstraintEvaluatorPlugin({ name: 'labelled' })
    class Evaluator extends Never {}
    expect(failureOf(() => createContainer({ plugins: [...plugins, Other] }))).toMatchObject({
      code: 'PLUGIN_INVALID',
      message: expect.stringContaining("'labelled'"),
    });
    expect(() => createContainer({ plugins: [...plugins, Evaluator] })).not.toThrow();
  });

  it.each([[''], ['Upper'], [undefined], [1]])('cannot have the name %j', (name) => {
    expect(() => TrustStorePlugin({ name: name as never })(class extends MemoryTrustStore {})).toThrow(
      expect.objectContaining({ code: 'PLUGIN_INVALID' }),
    );
  });
});
