import { MemoryTrustStore } from '@kaizen-eatp/core';
import { StoreEngine } from '@kaizen-eatp/core/durable';
import type { StoreWrite } from '@kaizen-eatp/core/store';
import {
  type EnginePlaceFactory,
  engineRequirements,
  ForwardingStore,
  formatReport,
  type RunEngineConformanceSetup,
  runEngineConformance,
} from '@kaizen-eatp/testing';
import { describe, expect, it } from 'vitest';
import { type Fault, SmallEngine, SmallQueue } from './broken-engines.js';

const small = (fault?: Fault) => () => {
  const [store, queue] = [new MemoryTrustStore(), new SmallQueue()];
  return { open: () => ({ store, engine: new SmallEngine(queue, fault), close: () => undefined }) };
};

const overOneStore: EnginePlaceFactory = () => {
  const store = new MemoryTrustStore();
  return { open: () => ({ store, engine: new StoreEngine(store), close: () => undefined }) };
};

/** Takes every batch, even from a process that does not own the run. */
class Unfenced extends ForwardingStore {
  override commit(writes: readonly StoreWrite[]): Promise<void> {
    const taken = writes.filter(({ op }) => op !== 'fence');
    return taken.length > 0 ? super.commit(taken) : Promise.resolve();
  }
}

const unfenced: EnginePlaceFactory = () => {
  const [store, queue] = [new Unfenced(new MemoryTrustStore()), new SmallQueue()];
  return { open: () => ({ store, engine: new SmallEngine(queue), close: () => undefined }) };
};

interface Broken {
  readonly factory: EnginePlaceFactory;
  readonly setup?: RunEngineConformanceSetup;
  readonly fails: Readonly<Record<string, RegExp>>;
  readonly consequences?: readonly string[];
}

const quickly = { within: 1_500, takeOverWithin: 1_500 };
const faulty = (
  fault: Fault,
  fails: Broken['fails'],
  consequences: readonly string[] = [],
): [string, Broken] => [fault, { factory: small(fault), fails, consequences }];

const BROKEN: Readonly<Record<string, Broken>> = {
  ...Object.fromEntries([
    faulty(
      'drops what no worker is there for',
      { 'ENGINE-EXECUTES': /'run-early' was not executed within/ },
      ['ENGINE-ONE-OWNER', 'ENGINE-CONCURRENCY', 'ENGINE-DRAINS'],
    ),
    faulty('holds a run several times', { 'ENGINE-ONE-OWNER': /executions of one run were in progress/ }),
    faulty('ignores the concurrency', {
      'ENGINE-CONCURRENCY': /a concurrency of 3 executed 5 runs at a time/,
    }),
    faulty('gives the token of the run', {
      'ENGINE-TOKENS': /has the token of the first/,
      'ENGINE-FENCES': /the store took a batch/,
    }),
    faulty('gives up after a failure', { 'ENGINE-TOKENS': /whose execution failed was not executed again/ }, [
      'ENGINE-FENCES',
    ]),
    faulty('executes again what has ended', { 'ENGINE-ENDS-ONCE': /was executed again after its end/ }, [
      'ENGINE-MANY',
    ]),
    faulty('executes at once what waits', { 'ENGINE-WAITS': /was executed before it was woken/ }),
    faulty('does not wait when it stops', { 'ENGINE-DRAINS': /resolved while an execution was in progress/ }),
    faulty('takes runs while it stops', { 'ENGINE-DRAINS': /took another run while it stopped/ }),
    faulty('loses a run now and then', { 'ENGINE-MANY': /4 of 40 runs were not executed/ }),
    faulty('cuts long ids', { 'ENGINE-CARRIES-A-RUN': /a run did not end within/ }),
  ]),
  'says that it shares runs, and does not': {
    factory: overOneStore,
    setup: { distributed: true },
    fails: { 'ENGINE-SHARES': /did not execute two runs at a time/ },
  },
  'works over a store without a fence': {
    factory: unfenced,
    fails: { 'ENGINE-FENCES': /the store took a batch of the execution that had failed/ },
  },
};

describe('runEngineConformance', () => {
  it.each([
    ['a queue in memory that several workers share', small(), { distributed: true }],
    ['the engine of core over the store in memory', overOneStore, {}],
  ])('passes %s', async (name, factory, setup) => {
    const report = await runEngineConformance(factory, { name, ...setup });
    expect(report.passed, formatReport(report)).toBe(true);
    expect(report.subject).toBe(name);
  });

  it.concurrent.each(Object.entries(BROKEN))('fails an engine that %s', async (_, broken) => {
    const { factory, setup = {}, fails, consequences = [] } = broken;
    const report = await runEngineConformance(factory, { ...quickly, ...setup });
    const failed = report.findings.filter(({ passed }) => !passed);
    const expected = [...Object.keys(fails), ...consequences].sort();
    expect(failed.map(({ id }) => id).sort(), formatReport(report)).toEqual(expected);
    for (const { id, observation } of failed) if (fails[id]) expect(observation).toMatch(fails[id]);
  });

  it('has a broken engine for every requirement but the take-over, which needs a store that outlives its process', () => {
    const noticed = new Set(Object.values(BROKEN).flatMap(({ fails }) => Object.keys(fails)));
    const all = engineRequirements.map(({ id }) => id as string);
    expect([...noticed].sort()).toEqual(all.filter((id) => id !== 'ENGINE-TAKES-OVER').sort());
  });

  it.each<[string, unknown, object]>([
    ['factory', {}, {}],
    ['distributed', small(), { distributed: 'yes' }],
    ['within', small(), { within: 0 }],
    ['module', small(), { module: 'open.js' }],
    ["'patience'", small(), { patience: 1 }],
  ])('refuses a setup with one error: %s', async (what, factory, setup) => {
    await expect(runEngineConformance(factory as never, setup)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining(what),
    });
  });
});
