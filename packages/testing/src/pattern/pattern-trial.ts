import { randomUUID } from 'node:crypto';
import type { InvocationContext } from '@kaizen-eatp/core';
import { computes } from '../fakes/script.js';
import type { Script } from '../fakes/scripted-agent.js';
import { YieldingStore } from '../fakes/yielding-store.js';
import type { CompletePlayer, CompleteSetup } from './complete-setup.js';
import { Experiments, list, scriptsFor } from './experiments.js';
import { Laboratory } from './laboratory.js';
import { newMark } from './marks.js';
import type { Observation } from './observation.js';
import { instanceOf } from './spied-pattern.js';

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
const HOUR = 3_600_000;
/** A tool that every agent has, and the capability for it, which none has. */
const TOOL = 'kit_tool';
const LONG = 20_000;

/** The runs that the requirements look at. Each is made when a requirement first needs it, in a separate world. */
export class PatternTrial extends Experiments {
  readonly #made = new Map<string, Promise<unknown>>();

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

  /** Runs in which one agent does not get its work done, since it may not use a tool. */
  readonly deniedTools = (): Promise<readonly Observation[]> =>
    this.once('deniedTools', async () => {
      const runs: Observation[] = [];
      for (const name of this.setup.children) {
        const laboratory = await this.open({
          tenant: this.tenantMark,
          tools: { [TOOL]: { capability: TOOL, run: () => 'done' } },
          scripts: { [name]: (_input: unknown, context: InvocationContext) => context.callTool(TOOL) },
        });
        runs.push(
          await this.finish(`when a tool of '${name}' is denied to it`, laboratory, laboratory.start()),
        );
      }
      return runs;
    });

  /** Runs in which the delegation to one agent is revoked while it works; the agent itself stays trusted. */
  readonly revokedDelegations = (): Promise<readonly Observation[]> =>
    this.once('revokedDelegations', async () => {
      const runs: Observation[] = [];
      for (const name of this.setup.children) {
        const answer = this.answer(name);
        const script = async (input: never, context: InvocationContext): Promise<unknown> => {
          const delegationId = context.delegation?.id;
          if (delegationId !== undefined)
            await laboratory.world.trust.revoke({ delegationId, reason: 'the conformance suite revokes it' });
          return answer(input, context);
        };
        const laboratory = await this.open({ tenant: this.tenantMark, scripts: { [name]: script } });
        const how = `when the delegation to '${name}' is revoked while it works`;
        runs.push(await this.finish(how, laboratory, laboratory.start()));
      }
      return runs;
    });

  /** Runs of one task id in another tenant, each after a run in which one agent failed. */
  readonly sameTasks = (): Promise<readonly Observation[]> =>
    this.once('sameTasks', async () => {
      const instance = instanceOf(this.setup.pattern);
      const runs: Observation[] = [];
      for (const name of this.setup.active) {
        const taskId = `task-${randomUUID()}`;
        const failing = await this.open({ instance, scripts: { [name]: this.failing(name) } });
        await this.finish(`when '${name}' fails`, failing, failing.start({ taskId }));
        const other = await this.open({ instance });
        const how = `with the id of a task in which '${name}' failed in another tenant`;
        runs.push(await this.finish(how, other, other.start({ taskId })));
      }
      return runs;
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

  /** A run with the other options of the setup, if it names any. */
  readonly withOtherOptions = (): Promise<Observation | undefined> =>
    this.once('withOtherOptions', async () => {
      const { otherOptions } = this.setup;
      return otherOptions && this.run('with the other options', {}, { options: otherOptions });
    });

  /** A run in which every answer takes an hour. */
  readonly slowly = (): Promise<Observation> =>
    this.once('slowly', async () => {
      const scripts = scriptsFor(Object.keys(this.setup.agents), (name): Script => {
        const answer = this.answer(name);
        return (input, context, call) => {
          (laboratory.world.clock as { advance?: (milliseconds: number) => void }).advance?.(HOUR);
          return computes(answer).play(input, context, call);
        };
      });
      const laboratory = await this.open({ tenant: this.tenantMark, scripts });
      return this.finish('when every answer takes an hour', laboratory, laboratory.start());
    });

  /** A run with two agents more than the default ones; undefined: the setup names the agents. */
  readonly inACrowd = (): Promise<Observation | undefined> =>
    this.once('inACrowd', async () => {
      const crowd = this.crowd();
      if (!crowd) return undefined;
      const laboratory = await Laboratory.open(crowd, { tenant: this.tenantMark });
      return this.finish('with two agents more', laboratory, laboratory.start());
    });

  /** The setup with two agents more than the default ones; undefined: the setup names the agents. */
  crowd(): CompleteSetup | undefined {
    const { hasDefaultAgents, idle, agents } = this.setup;
    if (!hasDefaultAgents || idle.length > 0) return undefined;
    const { second } = agents as { second: CompletePlayer };
    return { ...this.setup, agents: { ...agents, third: second, fourth: second } };
  }

  /** A run with a long input; undefined: the setup makes the input. */
  readonly withLongInput = (): Promise<Observation | undefined> =>
    this.once('withLongInput', async () => {
      if (!this.setup.hasDefaultInput) return undefined;
      const input = (mark: string): unknown => ({ request: `${'x'.repeat(LONG)} ${mark}` });
      const laboratory = await Laboratory.open({ ...this.setup, input }, { tenant: this.tenantMark });
      return this.finish(`with an input of ${LONG} characters`, laboratory, laboratory.start());
    });

  /** Several runs of one runtime, with agents and a store that yield to the event loop. */
  readonly company = (): Promise<Company> =>
    this.once('company', async () => {
      const inputs = Array.from({ length: RUNS_IN_COMPANY }, () => newMark('input'));
      const scripts = scriptsFor(Object.keys(this.setup.agents), (name) => this.yielding(name));
      const open = () =>
        this.open({ tenant: this.tenantMark, scripts, store: new YieldingStore(this.setup.store()) });
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

  /** Makes something once. */
  once<T>(name: string, make: () => Promise<T>): Promise<T> {
    if (!this.#made.has(name)) this.#made.set(name, make());
    return this.#made.get(name) as Promise<T>;
  }
}
