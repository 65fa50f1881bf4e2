import { MemoryTrustStore, TrustAwareOrchestrationRuntime } from '@kaizen-eatp/core';
import {
  ConstraintEvaluatorPlugin,
  definePattern,
  Pattern,
  PatternExecutor,
  PLUGIN_API_VERSION,
} from '@kaizen-eatp/core/plugin';
import { TrustStorePlugin } from '@kaizen-eatp/core/store';
import { describe, expect, it, vi } from 'vitest';
import { probe, World } from '../runtime/world.js';

class Executor extends PatternExecutor<Record<string, never>> {
  async execute(): Promise<unknown> {
    return 'ran';
  }
}

async function run(pattern: unknown, name = 'probe'): Promise<unknown> {
  const world = await World.make();
  const alice = await world.agent('alice');
  const runtime = new TrustAwareOrchestrationRuntime({
    agents: { alice },
    trust: world.trust,
    patterns: [pattern as never],
  });
  return (await runtime.execute(1, { pattern: name as never })).result;
}

const invalid = (code: string, ...texts: string[]) =>
  expect.objectContaining({ code, message: expect.stringMatching(new RegExp(texts.join('.*'))) });

describe('a pattern', () => {
  it('may be a class, an instance of one, or made without a class', async () => {
    const Decorated = Pattern({ name: 'probe' })(class extends Executor {});
    expect(await run(Decorated)).toBe('ran');
    expect(await run(new Decorated())).toBe('ran');
    expect(await run(definePattern({ name: 'probe', execute: async () => 'ran' }))).toBe('ran');
  });

  it.each([['Map'], ['1st'], [''], ['a-b'], ['a b'], [undefined], ['__proto__']])(
    'cannot be named %j',
    (name) => {
      expect(() => definePattern({ name: name as never, execute: async () => 1 })).toThrow(
        invalid('PLUGIN_INVALID', 'map_reduce'),
      );
    },
  );

  it('cannot have a misspelt option, and neither can another plugin', () => {
    const wrong = { name: 'probe', apiversion: PLUGIN_API_VERSION + 1 };
    for (const define of [
      () => definePattern({ ...wrong, execute: async () => 1 } as never),
      () => Pattern(wrong as never)(class extends Executor {}),
      () => TrustStorePlugin(wrong as never)(class extends MemoryTrustStore {}),
    ])
      expect(define).toThrow(invalid('INVALID_ARGUMENT', "'apiversion'", 'apiVersion'));
  });

  it('must have a method execute', () => {
    class Nothing {}
    expect(() => Pattern({ name: 'nothing' })(Nothing as never)).toThrow(
      invalid('PLUGIN_INVALID', "'nothing'", 'execute'),
    );
    expect(() => definePattern({ name: 'nothing' } as never)).toThrow(
      invalid('PLUGIN_INVALID', "'nothing'", 'execute'),
    );
  });

  it.each([[{}], [null], [() => 1], ['sequential'], [new Executor()], [Executor]])(
    'is not %s',
    async (pattern) => {
      await expect(run(pattern)).rejects.toMatchObject({
        code: 'PLUGIN_INVALID',
        expected: expect.stringContaining('@Pattern'),
      });
    },
  );

  it('is refused if there is another of its name', async () => {
    const world = await World.make();
    const alice = await world.agent('alice');
    const patterns = [probe(() => 1), probe(() => 2)];
    expect(
      () => new TrustAwareOrchestrationRuntime({ agents: { alice }, trust: world.trust, patterns }),
    ).toThrow(invalid('PLUGIN_INVALID', "two patterns 'probe'"));
  });

  it('is refused if it was written for another version of the interface', async () => {
    const apiVersion = PLUGIN_API_VERSION + 1;
    await expect(
      run(definePattern({ name: 'probe', apiVersion, execute: async () => 1 })),
    ).rejects.toMatchObject({
      code: 'PLUGIN_INCOMPATIBLE',
      expected: expect.stringContaining(`version ${PLUGIN_API_VERSION}`),
      received: `version ${apiVersion}`,
    });
    expect(
      await run(definePattern({ name: 'probe', apiVersion: PLUGIN_API_VERSION, execute: async () => 1 })),
    ).toBe(1);
  });

  it('is not another pattern because its base class is one', async () => {
    const Base = Pattern({ name: 'base' })(class extends Executor {});
    const Derived = Pattern({ name: 'probe' })(class extends Base {});
    expect(await run(Derived)).toBe('ran');
  });

  it('is recognised when another copy of core decorated it, as are that copy’s errors', async () => {
    vi.resetModules();
    const other = await import('@kaizen-eatp/core/plugin');
    const { PatternContractError } = await import('@kaizen-eatp/core/errors');
    expect(other.PatternExecutor).not.toBe(PatternExecutor);
    @other.Pattern({ name: 'probe' })
    class Foreign extends other.PatternExecutor<Record<string, never>> {
      async execute(): Promise<unknown> {
        return 'ran abroad';
      }
    }
    expect(await run(Foreign)).toBe('ran abroad');
    expect(await run(new Foreign())).toBe('ran abroad');
    const failing = other.definePattern({
      name: 'probe',
      execute: async () => {
        throw new PatternContractError('theirs', { remedy: 'None.' });
      },
    });
    await expect(run(failing)).rejects.toMatchObject({
      code: 'PATTERN_CONTRACT_BROKEN',
      run: { taskId: expect.any(String) },
    });
  });
});

describe('other plugins', () => {
  it('are refused if they are of another kind, or for another version', () => {
    expect(() => TrustStorePlugin({ name: 'x' })(Executor as never)).toThrow(
      invalid('PLUGIN_INVALID', "'x'", 'TrustStore'),
    );
    expect(() => ConstraintEvaluatorPlugin({ name: 'y' })(MemoryTrustStore as never)).toThrow(
      invalid('PLUGIN_INVALID', "'y'", 'ConstraintEvaluator'),
    );
    const apiVersion = PLUGIN_API_VERSION + 1;
    expect(() => TrustStorePlugin({ name: 'z', apiVersion })(class extends MemoryTrustStore {})).toThrow(
      invalid('PLUGIN_INCOMPATIBLE', "'z'", `version ${apiVersion}`),
    );
  });

  it('are recognised when they extend the classes of another copy of core', async () => {
    vi.resetModules();
    const other = await import('@kaizen-eatp/core');
    class Foreign extends other.MemoryTrustStore {}
    expect(() => TrustStorePlugin({ name: 'foreign' })(Foreign as never)).not.toThrow();
  });
});
