import { within } from '../conformance/within.js';
import { computes, fails, hangs } from '../fakes/script.js';
import type { Script, ScriptedAgent } from '../fakes/scripted-agent.js';
import { YieldingStore } from '../fakes/yielding-store.js';
import type { CompleteSetup } from './complete-setup.js';
import { type Experiment, Laboratory } from './laboratory.js';
import type { Observation, Stop } from './observation.js';

/** Runs of the same inputs, one after the other and concurrently. */
export interface Company {
  /** The marks of the inputs. */
  readonly marks: readonly string[];
  /** The runs that were made one after the other. */
  readonly alone: readonly Observation[];
  /** The runs that were made concurrently. */
  readonly together: readonly Observation[];
}

const MARKS = ['mark-red', 'mark-green', 'mark-blue'] as const;

/** The message of the error that an agent throws on purpose. */
export const failureMessage = (agent: string): string => `scripted failure of ${agent}`;

/** The runs that the requirements look at. Each is made when a requirement first needs it, in a separate world. */
export class PatternTrial {
  readonly #made = new Map<string, Promise<unknown>>();

  constructor(readonly setup: CompleteSetup) {}

  /** A run in which every agent is trusted and answers immediately. */
  readonly ok = (): Promise<Observation> => this.once('ok', () => this.run('when no agent fails', {}));

  /** Runs in which one agent fails: at its first call and, if it has several, at the last call only. */
  readonly failures = (): Promise<readonly Observation[]> =>
    this.once('failures', async () => {
      const { calls } = await this.ok();
      const runs: Observation[] = [];
      for (const name of this.setup.active) {
        runs.push(await this.run(`when '${name}' fails`, this.oneFailing(name, 1)));
        const last = calls[name]?.length ?? 0;
        if (last < 2) continue;
        runs.push(await this.run(`when '${name}' fails at call ${last}`, this.oneFailing(name, last)));
      }
      return runs;
    });

  /** A run in which all agents fail whose failures the setup tolerates. If it tolerates none, all children fail. */
  readonly allFail = (): Promise<Observation> =>
    this.once('allFail', () => {
      const { tolerates, children } = this.setup;
      const names = tolerates.agents.length > 0 ? tolerates.agents : children;
      return this.run(
        `when ${list(names)} all fail`,
        scriptsFor(names, (name) => this.failingFrom(name, 1)),
      );
    });

  /** Runs that the caller cancels: while each agent is at work, then while all children are. */
  readonly cancelled = (): Promise<readonly Observation[]> =>
    this.once('cancelled', async () => {
      const { active, children } = this.setup;
      const runs: Observation[] = [];
      for (const names of [...active.map((name) => [name]), ...(children.length > 1 ? [children] : [])]) {
        runs.push(await this.stop(`when the caller cancels while ${list(names)} work`, names));
      }
      return runs;
    });

  /** A run that times out while all children are at work. */
  readonly timedOut = (): Promise<Observation> =>
    this.once('timedOut', () => {
      const { children, timeout } = this.setup;
      return this.stop(`when the run times out while ${list(children)} work`, children, timeout);
    });

  /** Several runs of one runtime, with agents and a store that yield to the event loop. */
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
        started.map((experiment, i) =>
          this.finish(`concurrently with other runs, with ${MARKS[i]},`, busy, experiment),
        ),
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

  /** The others take longer, so that a pattern that does not wait for them is seen to leave them behind. */
  private oneFailing(name: string, first: number): Record<string, Script> {
    const slow = scriptsFor(Object.keys(this.setup.agents), (other) => this.yielding(other));
    return { ...slow, [name]: this.failingFrom(name, first) };
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

/** Waits until no agent is at work. An agent in another process notices the end of a call a moment later. */
async function untilEnded(agents: readonly ScriptedAgent[], bound: number): Promise<void> {
  const isAtWork = (): boolean =>
    agents.some(({ calls }) => calls.some(({ outcome }) => outcome === 'running'));
  for (const until = Date.now() + bound; isAtWork() && Date.now() < until; )
    await new Promise((resolve) => setTimeout(resolve, 5));
}

/** Waits until no further agent starts, so that all agents that work concurrently have started. */
async function untilQuiet(agents: readonly ScriptedAgent[]): Promise<void> {
  for (let quiet = 0, before = -1; quiet < 3; ) {
    const now = agents.reduce((sum, agent) => sum + agent.calls.length, 0);
    quiet = now === before ? quiet + 1 : 0;
    before = now;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
