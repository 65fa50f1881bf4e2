import type { AgentFunction } from '@kaizen-eatp/core';
import { within } from '../conformance/within.js';
import { computes, fails, hangs } from '../fakes/script.js';
import type { Script, ScriptedAgent } from '../fakes/scripted-agent.js';
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
import { type OutsideUse, watchOutsideSources } from './outside-sources.js';
import { LeftoverWatch, type StrayError } from './pattern-code.js';
import { untilEnded, untilQuiet } from './waiting.js';

/** The message of the error that an agent throws on purpose. */
export const failureMessage = (agent: string): string => `scripted failure of ${agent}`;

/** Makes runs of one pattern and observes them. Each laboratory is a separate world. */
export class Experiments {
  readonly #observed: Observation[] = [];
  readonly #watch = new LeftoverWatch();
  readonly #outsideUses: OutsideUse[] = [];
  /** Is in the default answers of all agents, except for those of other tenants. */
  readonly tenantMark = newMark('tenant');

  constructor(readonly setup: CompleteSetup) {}

  /** All runs so far. */
  get observed(): readonly Observation[] {
    return this.#observed;
  }

  /** The errors of pattern code that no caller received, so far. */
  get strayErrors(): readonly StrayError[] {
    return this.#watch.errors;
  }

  /** The outside sources that pattern code used so far. */
  get outsideUses(): readonly OutsideUse[] {
    return this.#outsideUses;
  }

  /** Starts to watch what patterns do besides their requests. @returns the function that ends it. */
  watch(): () => Promise<void> {
    this.#watch.start();
    const stop = watchOutsideSources((use) => this.#outsideUses.push(use));
    return async () => {
      stop();
      await this.#watch.stop();
    };
  }

  /** Makes a run with scripts of some agents, or with other options. */
  async run(
    circumstances: string,
    scripts: Record<string, Script>,
    start: StartOptions = {},
  ): Promise<Observation> {
    const laboratory = await this.open({ tenant: this.tenantMark, scripts });
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

  protected async deny(name: string, when: 'before the run' | 'midway'): Promise<Observation> {
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
    const laboratory = await this.open({ tenant: this.tenantMark, scripts, meetsUntrusted: true });
    if (when === 'before the run') await revoke();
    const circumstances = `when '${name}' is revoked ${when}`;
    const observation = await this.finish(circumstances, laboratory, laboratory.start());
    // The revocation itself is recorded outside the run.
    return { ...observation, outsideEntries: observation.outsideEntries - 1, revoked: name };
  }

  protected async stop(
    circumstances: string,
    hanging: readonly string[],
    timeout?: number,
  ): Promise<Observation> {
    const laboratory = await this.open({
      tenant: this.tenantMark,
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
  protected oneFailing(name: string, first: number): Record<string, Script> {
    const slow = scriptsFor(Object.keys(this.setup.agents), (other) => this.yielding(other));
    return { ...slow, [name]: this.failingFrom(name, first) };
  }

  /** The code of an agent that always fails. */
  failing(name: string): Script {
    return this.failingFrom(name, 1);
  }

  protected failingFrom(name: string, first: number): Script {
    const run = this.answer(name);
    return (input, context, call) =>
      call < first ? run(input, context) : fails(failureMessage(name)).play(input, context, call);
  }

  protected yielding(name: string): Script {
    const run = this.answer(name);
    return async (input, context, call) => {
      await new Promise((resolve) => setImmediate(resolve));
      return computes(run).play(input, context, call);
    };
  }

  /** The code of an agent of the setup. */
  answer(name: string): AgentFunction {
    return answerOf(name, this.setup.agents[name] as CompletePlayer, this.tenantMark);
  }
}
/** The reason for which the suite revokes an agent. */
const revocationReason = (agent: string): string => `the conformance suite revokes ${agent}`;

export const list = (names: readonly string[]): string => names.map((name) => `'${name}'`).join(', ');

export const scriptsFor = (
  names: readonly string[],
  script: (name: string) => Script,
): Record<string, Script> => Object.fromEntries(names.map((name) => [name, script(name)]));
