import type { AgentFunction } from '@kaizen-eatp/core';
import { within } from '../conformance/within.js';
import { computes, fails, hangs } from '../fakes/script.js';
import type { Script, ScriptedAgent } from '../fakes/scripted-agent.js';
import { YieldingStore } from '../fakes/yielding-store.js';
import type { CompletePlayer, CompleteSetup } from './complete-setup.js';
import {
  answerOf,
  type Experiment,
  Laboratory,
  type LaboratoryOptions,
  type StartOptions,
} from './laboratory.js';
import { newMark } from './marks.js';
import type { Observation, Stop } from './observation.js';
import { LeftoverWatch, type StrayError } from './pattern-code.js';
import { instanceOf } from './spied-pattern.js';
import { untilEnded, untilQuiet } from './waiting.js';

/** Runs of the same inputs, one after the other and concurrently. */
export interface Company {
  /** The runs that were made one after the other. */
  readonly alone: readonly Observation[];
  /** The runs that were made concurrently. */
  readonly together: readonly Observation[];
}

/** Runs with one input in two tenants, concurrently and one after the other. */
export interface Tenants {
  /** The runs of each tenant. */
  readonly runs: readonly (readonly Observation[])[];
}

const RUNS_IN_COMPANY = 3;

/** The message of the error that an agent throws on purpose. */
export const failureMessage = (agent: string): string => `scripted failure of ${agent}`;

/** The runs that the requirements look at. Each is made when a requirement first needs it, in a separate world. */
export class PatternTrial {
  readonly #made = new Map<string, Promise<unknown>>();
  readonly #observed: Observation[] = [];
  readonly #watch = new LeftoverWatch();
  /** Is in the default answers of all agents, except for those of other tenants. */
  readonly #tenant = newMark('tenant');

  constructor(readonly setup: CompleteSetup) {}

  /** All runs so far. */
  get observed(): readonly Observation[] {
    return this.#observed;
  }

  /** The errors of pattern code that no caller received, so far. */
  get strayErrors(): readonly StrayError[] {
    return this.#watch.errors;
  }

  /** Starts to watch what patterns do besides their requests. @returns the function that ends it. */
  watch(): () => void {
    this.#watch.start();
    return () => this.#watch.stop();
  }

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

  /** Runs in which one agent is not trusted: from the start, or from the moment at which the first agent acts. */
  readonly denials = (): Promise<readonly Observation[]> =>
    this.once('denials', async () => {
      const runs: Observation[] = [];
      for (const name of this.setup.children) {
        runs.push(await this.deny(name, 'before the run'));
        runs.push(await this.deny(name, 'midway'));
      }
      return runs;
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
      const inputs = Array.from({ length: RUNS_IN_COMPANY }, () => newMark('input'));
      const scripts = scriptsFor(Object.keys(this.setup.agents), (name) => this.yielding(name));
      const open = () =>
        this.open({ tenant: this.#tenant, scripts, store: new YieldingStore(this.setup.store()) });
      const quiet = await open();
      const alone: Observation[] = [];
      for (const [i, input] of inputs.entries()) {
        // A pattern must not depend on the time of the day.
        (quiet.world.clock as { advance?: (milliseconds: number) => void }).advance?.(60_000);
        alone.push(await this.finish(`alone, as run ${i + 1},`, quiet, quiet.start({ input })));
      }
      const busy = await open();
      const started = inputs.map((input) => busy.start({ input }));
      const together = await Promise.all(
        started.map((experiment, i) =>
          this.finish(`concurrently with other runs, as run ${i + 1},`, busy, experiment),
        ),
      );
      return { alone, together };
    });

  /** Runs of one instance of the pattern with one input in two tenants, first interleaved and then one after the other. */
  readonly tenants = (): Promise<Tenants> =>
    this.once('tenants', async () => {
      const instance = instanceOf(this.setup.pattern);
      const input = newMark('input');
      const tenants: { laboratory: Laboratory; runs: Observation[]; name: string }[] = [];
      for (const name of ['the first tenant', 'the second tenant'])
        tenants.push({ laboratory: await this.open({ instance }), runs: [], name });
      const runIn = async (
        { laboratory, runs, name }: (typeof tenants)[number],
        how: string,
      ): Promise<void> => {
        runs.push(await this.finish(`in ${name}, ${how},`, laboratory, laboratory.start({ input })));
      };
      await Promise.all(tenants.map((tenant) => runIn(tenant, 'at the same time as in the other')));
      for (const tenant of tenants) await runIn(tenant, 'with the input that was there before');
      return { runs: tenants.map(({ runs }) => runs) };
    });

  /** Makes a run with scripts of some agents, or with other options. */
  async run(
    circumstances: string,
    scripts: Record<string, Script>,
    start: StartOptions = {},
  ): Promise<Observation> {
    const laboratory = await this.open({ tenant: this.#tenant, scripts });
    return this.finish(circumstances, laboratory, laboratory.start(start));
  }

  /** Opens a laboratory for the setup. */
  open(options: LaboratoryOptions = {}): Promise<Laboratory> {
    return Laboratory.open(this.setup, options);
  }

  /** Waits for the end of a run and collects what can be observed. */
  async finish(circumstances: string, laboratory: Laboratory, experiment: Experiment): Promise<Observation> {
    const outcome = await within(experiment.ended, this.setup.bound);
    const observation = await this.observe(circumstances, laboratory, experiment, outcome);
    if (!outcome) experiment.cancel();
    return this.note(observation);
  }

  /** Makes something once. */
  once<T>(name: string, make: () => Promise<T>): Promise<T> {
    if (!this.#made.has(name)) this.#made.set(name, make());
    return this.#made.get(name) as Promise<T>;
  }

  private async observe(
    circumstances: string,
    laboratory: Laboratory,
    experiment: Experiment,
    outcome: Observation['outcome'] | undefined,
  ): Promise<Observation> {
    const leftovers = outcome ? await this.#watch.leftBy(experiment.runId) : [];
    const seen = await laboratory.observe(circumstances, experiment, outcome ?? { status: 'unended' });
    return { ...seen, leftovers };
  }

  private note(observation: Observation): Observation {
    this.#observed.push(observation);
    return observation;
  }

  private async deny(name: string, when: 'before the run' | 'midway'): Promise<Observation> {
    const request = { agentId: `agent-${name}`, reason: revocationReason(name) };
    let revocation: Promise<unknown> | undefined;
    const revoke = (): Promise<unknown> => {
      revocation ??= laboratory.world.trust.revoke(request);
      return revocation;
    };
    const scripts = scriptsFor(Object.keys(this.setup.agents), (each): Script => {
      const answer = this.answer(each);
      return async (input, context, call) => {
        await revoke();
        return computes(answer).play(input, context, call);
      };
    });
    const laboratory = await this.open({ tenant: this.#tenant, scripts, meetsUntrusted: true });
    if (when === 'before the run') await revoke();
    const circumstances = `when '${name}' is revoked ${when}`;
    const observation = await this.finish(circumstances, laboratory, laboratory.start());
    // The revocation itself is recorded outside the run.
    return { ...observation, outsideEntries: observation.outsideEntries - 1, revoked: name };
  }

  private async stop(
    circumstances: string,
    hanging: readonly string[],
    timeout?: number,
  ): Promise<Observation> {
    const laboratory = await this.open({
      tenant: this.#tenant,
      scripts: scriptsFor(hanging, () => Array(1_000).fill(hangs())),
    });
    const experiment = laboratory.start({ timeout });
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
    const allowed = this.setup.stopBound + (timeout ?? 0);
    const outcome = await within(experiment.ended, allowed);
    const patternEnded = await within(
      experiment.patternEnded.then(() => true),
      allowed,
    );
    await untilEnded(Object.values(laboratory.agents), this.setup.bound);
    const observation = await this.observe(circumstances, laboratory, experiment, outcome);
    const stop: Stop = {
      code: timeout === undefined ? 'EXECUTION_CANCELLED' : 'EXECUTION_TIMEOUT',
      runEnded: outcome !== undefined,
      patternEnded: patternEnded === true,
    };
    return this.note({ ...observation, stop });
  }

  /** The others take longer, so that a pattern that does not wait for them is seen to leave them behind. */
  private oneFailing(name: string, first: number): Record<string, Script> {
    const slow = scriptsFor(Object.keys(this.setup.agents), (other) => this.yielding(other));
    return { ...slow, [name]: this.failingFrom(name, first) };
  }

  private failingFrom(name: string, first: number): Script {
    const run = this.answer(name);
    return (input, context, call) =>
      call < first ? run(input, context) : fails(failureMessage(name)).play(input, context, call);
  }

  private yielding(name: string): Script {
    const run = this.answer(name);
    return async (input, context, call) => {
      await new Promise((resolve) => setImmediate(resolve));
      return computes(run).play(input, context, call);
    };
  }

  /** The code of an agent of the setup. */
  answer(name: string): AgentFunction {
    return answerOf(name, this.setup.agents[name] as CompletePlayer, this.#tenant);
  }
}

/** The reason for which the suite revokes an agent. */
export const revocationReason = (agent: string): string => `the conformance suite revokes ${agent}`;

const list = (names: readonly string[]): string => names.map((name) => `'${name}'`).join(', ');

const scriptsFor = (names: readonly string[], script: (name: string) => Script): Record<string, Script> =>
  Object.fromEntries(names.map((name) => [name, script(name)]));
