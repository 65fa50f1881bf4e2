import { randomUUID } from 'node:crypto';
import {
  EatpError,
  MemoryTrustStore,
  TrustAwareOrchestrationRuntime,
  TrustedAgent,
  TrustOperations,
} from '@kaizen-eatp/core';
import { type DurableRun, type WorkerOptions, worker } from '@kaizen-eatp/core/durable';

import type { TrustStore } from '@kaizen-eatp/core/store';
import { becomes, within } from '../conformance/within.js';
import { SeededKeyManager } from '../fakes/seeded-key-manager.js';
import type { CompletePlayer, CompleteSetup } from './complete-setup.js';
import { answerOf, INHERITED_CONSTRAINT } from './laboratory.js';
import { newMark, type RunMarks, withoutMarks } from './marks.js';
import { MortalStore } from './mortal-store.js';
import type { PatternTrial } from './pattern-trial.js';
import { instanceOf, SpiedPattern } from './spied-pattern.js';
import { textOf } from './texts.js';

/** How many of the commits of a run its process dies at. */
const CRASHES = { quick: 6, full: 60 } as const;
const AT_ONCE = 3;
const NO_END = 'no end';
/** How long a durable run may take in addition to the bound of the setup, in milliseconds: its workers look now and then. */
const ROOM = 8_000;

/** Checks that the pattern takes the time, random numbers, pauses and data from its execution only. */
export async function takesOnlyWhatIsRecorded(trial: PatternTrial): Promise<string | undefined> {
  await trial.ok();
  await trial.failures();
  await trial.allFail();
  await trial.denials();
  for (const { runId, circumstances } of trial.observed) {
    const use = trial.outsideUses.find((each) => each.runId === runId);
    if (use) return `${circumstances}: the pattern used ${use.what}`;
  }
  return undefined;
}

/** Checks that a durable run has the same result although its process dies, at each of several commits. */
export async function survivesCrashes(trial: PatternTrial): Promise<string | undefined> {
  const ok = await trial.ok();
  if (ok.outcome.status !== 'succeeded') return undefined;
  const marks: RunMarks = { input: newMark('input'), person: newMark('person'), tenant: newMark('tenant') };
  const whole = await new DurableTrial(trial.setup, marks).execute();
  const fault = whole.problem ?? (whole.outcome.startsWith(NO_END) ? whole.outcome : undefined);
  if (fault !== undefined) return `in a durable run without a crash: ${fault}`;
  const points = pointsOf(whole.commits, CRASHES[trial.setup.thoroughness]);
  for (let from = 0; from < points.length; from += AT_ONCE) {
    const problems = await Promise.all(
      points.slice(from, from + AT_ONCE).map(async (point, i) => {
        const how = (from + i) % 2 === 0 ? 'before' : 'after';
        const { outcome, problem } = await new DurableTrial(trial.setup, marks).execute({
          last: point,
          isApplied: how === 'after',
        });
        const when = `when the process dies ${how} commit ${point} of ${whole.commits}`;
        if (problem !== undefined) return `${when}: ${problem}`;
        if (outcome !== whole.outcome)
          return `${when}: the resumed run ended with ${outcome}, and without a crash with ${whole.outcome}`;
        return undefined;
      }),
    );
    const problem = problems.find((each) => each !== undefined);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** Some of the numbers from 1, spread evenly. */
function pointsOf(last: number, most: number): readonly number[] {
  const count = Math.min(last, most);
  return Array.from({ length: count }, (_, i) => 1 + Math.floor((i * last) / count));
}

interface Crash {
  readonly last: number;
  readonly isApplied: boolean;
}

interface DurableEnd {
  readonly outcome: string;
  readonly commits: number;
  readonly problem?: string | undefined;
}

/** A store that outlives the processes of one durable run. */
class DurableTrial {
  readonly #store = new MemoryTrustStore();
  readonly #keyManager = new SeededKeyManager();
  readonly #runId = `run-${randomUUID()}`;

  constructor(
    private readonly setup: CompleteSetup,
    private readonly marks: RunMarks,
  ) {}

  /** Executes the run: in a process that dies, if there is a crash, and in another one to the end. */
  async execute(crash?: Crash): Promise<DurableEnd> {
    const trust = this.#trustOver(this.#store);
    const authority = await trust.createEnterpriseAuthority({ name: 'ACME', signingKeyId: 'key-org-acme' });
    for (const agent of this.#agents(trust)) {
      const { capabilities } = this.setup.agents[agent.name] as CompletePlayer;
      await agent.establishTrust({
        authorityId: authority.id,
        capabilities,
        constraints: [INHERITED_CONSTRAINT],
      });
    }
    const runtime = new TrustAwareOrchestrationRuntime(this.#process(this.#store));
    const run = await runtime.submit(this.setup.input(this.marks.input), {
      pattern: this.setup.name as never,
      options: this.setup.options as never,
      runId: this.#runId,
      taskId: this.#runId,
    });
    if (crash) await this.#dieAt(run, crash);
    return this.#end(run, trust);
  }

  async #dieAt(run: DurableRun, { last, isApplied }: Crash): Promise<void> {
    const mortal = MortalStore.over(this.#store, last, isApplied);
    const serving = await worker(this.#process(mortal));
    let hasEnded = false;
    const ended = run.result().then(
      () => true,
      () => true,
    );
    void ended.then(() => {
      hasEnded = true;
    });
    await becomes(() => mortal.isDead || hasEnded, this.setup.bound + ROOM);
    await within(serving.stop(), this.setup.bound + ROOM);
  }

  async #end(run: DurableRun, trust: TrustOperations): Promise<DurableEnd> {
    const healthy = MortalStore.over(this.#store, Number.POSITIVE_INFINITY, true);
    const serving = await worker({ ...this.#process(healthy), drainTimeout: 100 });
    try {
      const result = run.result().then(
        (value) => textOf(this.setup.comparable(value)),
        (error: unknown) => `a failure with ${error instanceof EatpError ? error.code : String(error)}`,
      );
      const outcome = await within(Promise.race([result, this.#withheld(run)]), this.setup.bound + ROOM);
      const { commits } = healthy;
      if (outcome === undefined) {
        const { state, note } = await run.status();
        return {
          outcome: NO_END,
          commits,
          problem: `the run did not end; it is ${state} ${note ?? ''}`.trim(),
        };
      }
      const described = withoutMarks(outcome.replaceAll(this.#runId, '<run>'), this.marks);
      // The trail of a run that is withheld is not closed yet.
      const hasEnded = !outcome.startsWith(NO_END);
      return { outcome: described, commits, problem: hasEnded ? await this.#faultOf(trust) : undefined };
    } finally {
      await within(serving.stop(), this.setup.bound + ROOM);
    }
  }

  /** Resolves when the run is withheld because its pattern requested other steps than before. */
  async #withheld(run: DurableRun): Promise<string> {
    for (;;) {
      const { state, note } = await run.status();
      if (state === 'withheld') return `${NO_END}: the run is withheld (${note ?? ''})`;
      if (['succeeded', 'failed', 'cancelled'].includes(state)) return new Promise(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async #faultOf(trust: TrustOperations): Promise<string | undefined> {
    const { valid, problems } = await trust.verifyTrail(this.#runId);
    if (!valid) return `the trail of the run is not valid: ${problems[0]?.code ?? ''}`;
    const open = await this.#store.openIntents({ trailId: this.#runId });
    return open.length > 0 ? `${open.length} intents have no outcome` : undefined;
  }

  #trustOver(store: TrustStore): TrustOperations {
    return new TrustOperations({ recorder: 'org-acme', store, keyManager: this.#keyManager });
  }

  /** The parts that each process has for itself. */
  #process(store: TrustStore): WorkerOptions {
    const trust = this.#trustOver(store);
    const agents = this.#agents(trust);
    this.setup.introduce(Object.fromEntries(agents.map((agent) => [agent.name, agent])));
    // Observed, so that what the pattern throws to no caller does not reach the process of the tests.
    const pattern = new SpiedPattern(instanceOf(this.setup.pattern)).executor;
    return { trust, agents, patterns: [pattern] };
  }

  #agents(trust: TrustOperations): TrustedAgent[] {
    return Object.entries(this.setup.agents).map(([name, player]) => {
      const agent = answerOf(name, player, this.marks.tenant);
      // Work that an agent was doing when its process died is done again.
      return new TrustedAgent({ name, agent, trust, interrupted: 'retry' });
    });
  }
}
