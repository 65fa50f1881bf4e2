import { computes } from '../fakes/script.js';
import type { Script, ScriptedAgent } from '../fakes/scripted-agent.js';
import type { CompleteSetup } from './complete-setup.js';
import { scriptsFor } from './experiments.js';
import { answerOf, type Experiment, Laboratory } from './laboratory.js';
import type { Observation } from './observation.js';
import type { PatternTrial } from './pattern-trial.js';
import { type Order, Turnstile } from './turnstile.js';

/** So many pauses of one run take no time. More of them could be those of a pattern that waits for an agent in steps. */
const PAUSES = 100;

/** The code of an agent that answers every call in the same way. */
export type Answering = Extract<Script, (...given: never) => unknown>;

/** How the suite controls when the agents of a run finish. */
export interface Timing {
  /** Chooses who finishes next. */
  readonly order: Order;
  /** The agents that wait for their turn; the others answer immediately. Default: all. */
  readonly held?: readonly string[];
  /** How long a held agent takes by the clock of the run, in milliseconds. Default: no time. */
  readonly takes?: number;
  /** Replace the code of some agents. Default: none. */
  readonly scripts?: Readonly<Record<string, Answering>>;
  /** The setup. Default: that of the trial. */
  readonly setup?: CompleteSetup;
}

/**
 * Makes a run whose agents finish in a certain order: each only when the run waits for nothing but agents. Pauses take no
 * time of the process, only time of the run's clock.
 */
export async function timedRun(
  trial: PatternTrial,
  circumstances: string,
  timing: Timing,
): Promise<Observation> {
  const { setup = trial.setup, scripts = {}, takes = 0 } = timing;
  const { held = Object.keys(setup.agents) } = timing;
  const turnstile = new Turnstile(timing.order);
  const advance = (milliseconds: number): void =>
    (laboratory.world.clock as { advance?: (milliseconds: number) => void }).advance?.(milliseconds);
  const answer = (name: string): Answering =>
    scripts[name] ?? answerOf(name, setup.agents[name] as CompleteSetup['agents'][string], trial.tenantMark);
  const waiting = scriptsFor(
    held,
    (name): Script =>
      async (input, context, call) => {
        try {
          return await computes(answer(name)).play(input, context, call);
        } finally {
          await turnstile.pass(name);
          advance(takes);
        }
      },
  );
  let pauses = 0;
  const sleep = async (milliseconds: number): Promise<void> => {
    pauses += 1;
    advance(milliseconds);
    if (pauses > PAUSES) await new Promise((resolve) => setTimeout(resolve, 1));
  };
  const laboratory = await Laboratory.open(setup, {
    tenant: trial.tenantMark,
    scripts: { ...scripts, ...waiting },
    control: { sleep },
  });
  const experiment = laboratory.start();
  const serving = turnstile.serve(() => isAtRest(laboratory, experiment));
  try {
    return await trial.finish(circumstances, laboratory, experiment);
  } finally {
    turnstile.open();
    await serving;
  }
}

/** Whether a run waits for nothing but agents at work. */
function isAtRest(laboratory: Laboratory, experiment: Experiment): boolean {
  const requests = laboratory.requestsOf(experiment);
  if (!requests || requests.pausing > 0) return false;
  const pending = requests.asked.filter((request) => request.isPending);
  const agents = Object.values(laboratory.agents) as readonly ScriptedAgent[];
  const atWork = agents.flatMap(({ calls }) => calls).filter(({ outcome }) => outcome === 'running');
  return pending.every(({ op }) => op === 'invoke') && pending.length === atWork.length;
}
