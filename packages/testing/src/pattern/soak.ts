import { randomUUID } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { ApprovalRequest, PatternExecution, PatternExecutor } from '@kaizen-eatp/core/plugin';
import type { CompletePlayer } from './complete-setup.js';
import { controlledSources } from './controlled-sources.js';
import { answerOf } from './laboratory.js';
import { newMark, type RunMarks, withoutMarks } from './marks.js';
import { patternCode } from './pattern-code.js';
import type { PatternTrial } from './pattern-trial.js';
import { instanceOf } from './spied-pattern.js';
import { textOf } from './texts.js';

/** How many runs a soak makes. */
export const SOAK = { quick: 50, full: 500 } as const;
const RUNS_IN_A_WORLD = 50;
/** The newest runs can still be in use. */
const NEWEST = 5;
/** Added to the default input, so that a pattern that keeps strings is noticed. */
const FILLER = 'x'.repeat(64 * 1024);
const ROOM = 8 * 1024 * 1024;

/**
 * Makes hundreds of runs of one instance. Checks that it keeps nothing of earlier runs in memory, and that the last run is
 * like the first.
 */
export async function soaks(trial: PatternTrial): Promise<string | undefined> {
  const { setup } = trial;
  const ok = await trial.ok();
  if (ok.outcome.status !== 'succeeded') return undefined;
  const soak = new Soak(trial, setup.thoroughness === 'full' ? FILLER : '');
  const runs = SOAK[setup.thoroughness];
  let first: string | undefined;
  let before = 0;
  for (let run = 1; run <= runs; run++) {
    const outcome = await soak.run();
    first ??= outcome;
    if (outcome !== first)
      return `after ${run} runs of one instance the outcome was ${outcome.slice(0, 500)}, and at first ${first.slice(0, 500)}`;
    if (run === Math.floor(runs / 5)) before = await memoryInUse();
  }
  soak.leaveWorld();
  const growth = (await memoryInUse()) - before;
  const kept = soak.kept();
  if (kept !== undefined)
    return `after ${runs} runs of one instance, ${kept} of earlier runs were still in memory`;
  if (setup.thoroughness === 'full' && growth > ROOM)
    return `the memory in use grew by ${Math.round(growth / 1024 / 1024)} MB in ${runs - Math.floor(runs / 5)} runs of one instance`;
  return undefined;
}

/** Runs of one instance, of which only weak references are kept. */
class Soak {
  readonly #executions: WeakRef<object>[] = [];
  readonly #values: WeakRef<object>[] = [];
  readonly #executor: PatternExecutor<never>;
  #world: Promise<World> | undefined;
  #runs = 0;

  constructor(
    private readonly trial: PatternTrial,
    private readonly filler: string,
  ) {
    const instance = instanceOf(trial.setup.pattern);
    const execute = (execution: PatternExecution<never>): Promise<unknown> =>
      patternCode.run('soak', () => instance.execute(this.#weakly(execution)));
    this.#executor = Object.create(instance, { execute: { value: execute } }) as PatternExecutor<never>;
  }

  /** Makes a run. @returns its outcome, without what differs from run to run. */
  async run(): Promise<string> {
    if (this.#runs++ % RUNS_IN_A_WORLD === 0) this.#world = this.#newWorld();
    const { execute, tenant } = await (this.#world as Promise<World>);
    const marks: RunMarks = { input: newMark('input'), person: newMark('person'), tenant };
    const { setup } = this.trial;
    const runId = `run-${randomUUID()}`;
    const input = setup.hasDefaultInput
      ? { request: marks.input, filler: this.filler }
      : setup.input(marks.input);
    const outcome = await execute(input, {
      pattern: setup.name as never,
      options: setup.options as never,
      runId,
      taskId: runId,
    }).then(
      ({ result }) => textOf(setup.comparable(result)),
      (error: { code?: string }) => `a failure with ${error.code}`,
    );
    return withoutMarks(outcome.replaceAll(runId, '<run>'), marks);
  }

  /** Lets go of the world, which refers to its runs. */
  leaveWorld(): void {
    this.#world = undefined;
  }

  /** Describes the objects that are still in memory; undefined: there are none. */
  kept(): string | undefined {
    const count = (refs: readonly WeakRef<object>[]): number =>
      refs.slice(0, -NEWEST).filter((ref) => ref.deref() !== undefined).length;
    const executions = count(this.#executions);
    const values = count(this.#values);
    if (executions > 0) return `${executions} executions`;
    return values > 0 ? `${values} inputs or answers` : undefined;
  }

  async #newWorld(): Promise<World> {
    const { setup } = this.trial;
    const tenant = newMark('tenant');
    const agents = Object.entries(setup.agents).map(([name, player]): [string, object] => [
      name,
      { agent: answerOf(name, player as CompletePlayer, tenant), capabilities: player.capabilities },
    ]);
    const world = await setup.world({ agents: Object.fromEntries(agents), store: setup.store() });
    setup.introduce(world.agents);
    const runtime = world.runtime([this.#executor]);
    return { tenant, execute: (input, options) => runtime.execute(input, options) };
  }

  #weakly(execution: PatternExecution<never>): PatternExecution<never> {
    this.#remember(execution.input);
    const sources = controlledSources(execution);
    const spied: PatternExecution<never> = Object.freeze({
      ...execution,
      get signal() {
        return execution.signal;
      },
      invoke: async (...given: Parameters<typeof execution.invoke>) => {
        const answer = await patternCode.exit(() => execution.invoke(...given));
        this.#remember(answer);
        return answer;
      },
      now: () => patternCode.exit(sources.now),
      random: () => patternCode.exit(sources.random),
      sleep: (milliseconds: number) => patternCode.exit(() => sources.sleep(milliseconds)),
      approval: (request: ApprovalRequest) => patternCode.exit(() => sources.approval(request)),
    });
    this.#executions.push(new WeakRef(spied));
    return spied;
  }

  #remember(value: unknown): void {
    if (typeof value === 'object' && value !== null) this.#values.push(new WeakRef(value));
  }
}

interface World {
  readonly tenant: string;
  execute(input: unknown, options: object): Promise<{ readonly result: unknown }>;
}

let collectGarbage: (() => void) | undefined;

/** Collects garbage. @returns the bytes in use. */
async function memoryInUse(): Promise<number> {
  setFlagsFromString('--expose-gc');
  collectGarbage ??= runInNewContext('gc') as () => void;
  for (let turn = 0; turn < 4; turn++) {
    // Objects that only a later turn of the event loop releases are not kept by the pattern.
    await new Promise((resolve) => setTimeout(resolve, 5));
    collectGarbage();
  }
  return process.memoryUsage().heapUsed;
}
