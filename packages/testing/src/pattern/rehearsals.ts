import type { ConstraintEvaluator } from '@kaizen-eatp/core/plugin';
import { computes } from '../fakes/script.js';
import type { Script } from '../fakes/scripted-agent.js';
import { scriptsFor } from './experiments.js';
import type { Laboratory, LaboratoryOptions } from './laboratory.js';
import type { Observation } from './observation.js';
import type { PatternTrial } from './pattern-trial.js';
import type { Answering } from './timed-run.js';

/** How a series of runs is made. */
export interface RehearsalOptions {
  /** The options of the pattern. Default: those of the setup. */
  readonly options?: Readonly<Record<string, unknown>> | undefined;
  /** The sources that the suite controls besides the time. Default: see {@link SourceControl}. */
  readonly control?: LaboratoryOptions['control'];
  /** Constraint evaluators in addition to the built-in ones. Default: none. */
  readonly evaluators?: readonly ConstraintEvaluator[];
}

/** Runs one after the other in one world, in which agents answer differently in each. */
export class Rehearsals {
  private constructor(
    private readonly trial: PatternTrial,
    private readonly laboratory: Laboratory,
    private readonly changed: Map<string, Answering>,
    private readonly options: RehearsalOptions['options'],
  ) {}

  /** Makes the world. */
  static async open(
    trial: PatternTrial,
    { options, control, evaluators }: RehearsalOptions = {},
  ): Promise<Rehearsals> {
    const changed = new Map<string, Answering>();
    const scripts = scriptsFor(
      Object.keys(trial.setup.agents),
      (name): Script =>
        (input, context, call) =>
          computes(changed.get(name) ?? trial.answer(name)).play(input, context, call),
    );
    const laboratory = await trial.open({
      tenant: trial.tenantMark,
      scripts,
      ...(control && { control }),
      ...(evaluators && { evaluators }),
    });
    return new Rehearsals(trial, laboratory, changed, options);
  }

  /** Makes a run. @param answers - the code of some agents; the others answer as ordinarily. */
  async run(circumstances: string, answers: Readonly<Record<string, Answering>> = {}): Promise<Observation> {
    this.changed.clear();
    for (const [name, answer] of Object.entries(answers)) this.changed.set(name, answer);
    const experiment = this.laboratory.start(this.options ? { options: this.options } : {});
    return this.trial.finish(circumstances, this.laboratory, experiment);
  }
}
