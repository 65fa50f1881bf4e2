import { within } from '../conformance/within.js';
import { computes, fails, hangs } from '../fakes/script.js';
import type { Script, ScriptedAgent } from '../fakes/scripted-agent.js';
import { YieldingStore } from '../fakes/yielding-store.js';
import type { CompleteSetup } from './complete-setup.js';
import { type Experiment, Laboratory } from './laboratory.js';
import type { Observation, Stop } from './observation.js';

/** Runs of the same inputs, one after the other and all at once. */
export interface Company {
  readonly marks: readonly string[];
  readonly alone: readonly Observation[];
  readonly together: readonly Observation[];
}

const MARKS = ['mark-red', 'mark-green', 'mark-blue'] as const;

export const failureMessage = (agent: string): string => `scripted failure of ${agent}`;

/** The runs by which a pattern is judged. Each is made when a requirement first asks for it, in a world of its own. */
export class PatternTrial {
  readonly #made = new Map<string, Promise<unknown>>();

  constructor(readonly setup: CompleteSetup) {}

  /** Every agent is trusted and answers at once. */
  readonly ok = (): Promise<Observation> =>
    this.once('ok', () => this.run('when every agent is willing', {}));

  /** One run for each agent that fails: at its first call, and if it has several also at the last only. */
  readonly failures = (): Promise<readonly Observation[]> =>
    this.once('failures', async () => {
      const { calls } = await this.ok();
      const runs: Observation[] = [];
      for (const name of this.setup.active) {
        runs.push(await this.run(`when '${name}' fails`, { [name]: this.failingFrom(name, 1) }));
        const last = calls[name]?.length ?? 0;
        if (last < 2) continue;
        runs.push(
          await this.run(`when '${name}' fails at call ${last}`, { [name]: this.failingFrom(name, last) }),
        );
      }
      return runs;
    });

  /** Everyone whose failure the pattern says it can bear fails; if it says nothing, every child. */
  readonly allFail = (): Promise<Observation> =>
    this.once('allFail', () => {
      const { tolerates, children } = this.setup;
      const names = tolerates.agents.length > 0 ? tolerates.agents : children;
      return this.run(
        `when ${list(names)} all fail`,
        scriptsFor(names, (name) => this.failingFrom(name, 1)),
      );
    });

  /** The caller cancels while one agent is at work, for each agent; then while all children are. */
  readonly cancelled = (): Promise<readonly Observation[]> =>
    this.once('cancelled', async () => {
      const { active, children } = this.setup;
      const runs: Observation[] = [];
      for (const names of [...active.map((name) => [name]), ...(children.length > 1 ? [children] : [])]) {
        runs.push(await this.stop(`when the caller cancels while ${list(names)} work`, names));
      }
      return runs;
    });

  /** The run times out while all children are at work. */
  readonly timedOut = (): Promise<Observation> =>
    this.once('timedOut', () => {
      const { children, timeout } = this.setup;
      return this.stop(`when the run times out while ${list(children)} work`, children, timeout);
    });

  /** Several runs of one runtime, with agents and a store that let others go first. */
  readonly company = (): Promise<Company> =>
    this.once('company', async () => {
      const yielding = scriptsFor(Object.keys(this.setup.agents), (name) => this.yielding(name));
      const store = (): YieldingStore => new YieldingStore(this.setup.store());
      const quiet = await Laboratory.open(this.setup, yielding, store());
      const alone: Observation[] = [];
      for (const mark of MARKS)
        alone.push(await this.finish(`alone, with ${mark},`, quiet, quiet.start(mark)));
      const busy = await Laboratory.open(this.setup, yielding, store());
      const started = MARKS.map((mark) => busy.start(mark));
      const together = await Promise.all(
        started.map((experiment, i) => this.finish(`beside other runs, with ${MARKS[i]},`, busy, experiment)),
      );
      return { marks: MARKS, alone, together };
    });

  private once<T>(name: string, make: () => Promise<T>): Promise<T> {
    if (!this.#made.has(name)) this.#made.set(name, make());
    return this.#made.get(name) as Promise<T>;
  }

  private async run(circumstances: string, scripts: Record<string, Script>): Promise<Observation> {
    const laboratory = await Laboratory.open(this.setup, scripts);
    return this.finish(circumstances, laboratory, laboratory.start(MARKS[0]));
  }

  private async finish(
    circumstances: string,
    laboratory: Laboratory,
    experiment: Experiment,
  ): Promise<Observation> {
    const outcome = await within(experiment.ended, this.setup.bound);
    const observation = await laboratory.observe(
      circumstances,
      experiment.runId,
      outcome ?? { status: 'unended' },
    );
    if (!outcome) experiment.cancel();
    return observation;
  }

  private async stop(
    circumstances: string,
    hanging: readonly string[],
    timeout?: number,
  ): Promise<Observation> {
    const laboratory = await Laboratory.open(
      this.setup,
      scriptsFor(hanging, () => Array(1_000).fill(hangs())),
    );
    const experiment = laboratory.start(MARKS[0], timeout);
    const waiting = hanging.map((name) => laboratory.agents[name] as ScriptedAgent);
    const reached = await within(
      Promise.race([
        ...waiting.map((agent) => agent.started().then(() => true)),
        experiment.ended.then(() => false),
      ]),
      this.setup.bound,
    );
    if (!reached) return this.finish(circumstances, laboratory, experiment);
    if (timeout === undefined) {
      await untilQuiet(waiting);
      experiment.cancel();
    }
    const allowed = this.setup.bound + (timeout ?? 0);
    const outcome = await within(experiment.ended, allowed);
    const patternEnded = await within(
      experiment.patternEnded.then(() => true),
      allowed,
    );
    await untilEnded(Object.values(laboratory.agents), this.setup.bound);
    const observation = await laboratory.observe(
      circumstances,
      experiment.runId,
      outcome ?? { status: 'unended' },
    );
    const stop: Stop = {
      code: timeout === undefined ? 'EXECUTION_CANCELLED' : 'EXECUTION_TIMEOUT',
      runEnded: outcome !== undefined,
      patternEnded: patternEnded === true,
    };
    return { ...observation, stop };
  }

  private failingFrom(name: string, first: number): Script {
    const { run } = this.setup.agents[name] as CompleteSetup['agents'][string];
    return (input, context, call) =>
      call < first ? run(input, context) : fails(failureMessage(name)).play(input, context, call);
  }

  private yielding(name: string): Script {
    const { run } = this.setup.agents[name] as CompleteSetup['agents'][string];
    return async (input, context, call) => {
      await new Promise((resolve) => setImmediate(resolve));
      return computes(run).play(input, context, call);
    };
  }
}

const list = (names: readonly string[]): string => names.map((name) => `'${name}'`).join(', ');

const scriptsFor = (names: readonly string[], script: (name: string) => Script): Record<string, Script> =>
  Object.fromEntries(names.map((name) => [name, script(name)]));

/** Until no agent is at work any more; one that is not in this process hears of its end a moment later. */
async function untilEnded(agents: readonly ScriptedAgent[], bound: number): Promise<void> {
  const isAtWork = (): boolean =>
    agents.some(({ calls }) => calls.some(({ outcome }) => outcome === 'running'));
  for (const until = Date.now() + bound; isAtWork() && Date.now() < until; )
    await new Promise((resolve) => setTimeout(resolve, 5));
}

/** Until no further agent has started for a while, so that agents that work side by side all do. */
async function untilQuiet(agents: readonly ScriptedAgent[]): Promise<void> {
  for (let quiet = 0, before = -1; quiet < 3; ) {
    const now = agents.reduce((sum, agent) => sum + agent.calls.length, 0);
    quiet = now === before ? quiet + 1 : 0;
    before = now;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
