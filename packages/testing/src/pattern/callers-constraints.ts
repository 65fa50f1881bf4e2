import { defineConstraint, forbidden, PERMITTED } from '@kaizen-eatp/core/plugin';
import { fails } from '../fakes/script.js';
import { callCounts } from './conduct.js';
import { failureMessage } from './experiments.js';
import { nameOfAgent, type Observation } from './observation.js';
import type { PatternTrial } from './pattern-trial.js';
import { isExplained } from './refusals.js';
import { Rehearsals } from './rehearsals.js';

/** A constraint of the caller, which the suite gives a meaning. */
const LABEL = 'kit_label';
/** A label with terms, which a pattern must not take apart. */
const TERMS = 'kit_terms:first=1,second=2';

type Options = Readonly<Record<string, unknown>>;

/**
 * Returns the options of the setup with a constraint of the caller more; undefined: the pattern has no option `constraints`
 * that is a list of labels.
 */
export function labelledOptions(trial: PatternTrial): Promise<Options | undefined> {
  return trial.once('labelledOptions', async () => {
    const { constraints = [] } = trial.setup.options;
    if (!Array.isArray(constraints)) return undefined;
    const options = {
      ...trial.setup.options,
      constraints: [...constraints.filter((label) => label !== LABEL), LABEL, TERMS],
    };
    try {
      const { optionsSeen } = await trial.run(
        `with the constraint '${LABEL}' of the caller`,
        {},
        { options },
      );
      return hasLabel(optionsSeen) ? options : undefined;
    } catch {
      // The pattern refuses the option.
      return undefined;
    }
  });
}

const hasLabel = (options: unknown): boolean => {
  const { constraints } = (options ?? {}) as { constraints?: unknown };
  return Array.isArray(constraints) && constraints.includes(LABEL);
};

/** Checks that every delegation has the constraints of the caller, even after a denial, and that they hold. */
export async function keepsCallersConstraints(trial: PatternTrial): Promise<string | undefined> {
  const options = await labelledOptions(trial);
  if (!options) return undefined;
  const denied = { agent: '', asked: 0 };
  const evaluator = defineConstraint({
    label: LABEL,
    evaluate: ({ agentId }) => {
      if (agentId !== `agent-${denied.agent}`) return PERMITTED;
      denied.asked += 1;
      return forbidden('the caller does not want it');
    },
  });
  const rehearsals = await Rehearsals.open(trial, { options, evaluators: [evaluator] });
  const ok = await rehearsals.run(`with the constraint '${LABEL}' of the caller`);
  const dropped = withoutLabel(ok);
  if (dropped !== undefined) return dropped;
  for (const name of trial.setup.active) {
    const failed = await rehearsals.run(
      `with the constraint '${LABEL}' of the caller, when '${name}' fails`,
      {
        [name]: (...given) => fails(failureMessage(name)).play(...given),
      },
    );
    const reason = withoutLabel(failed);
    if (reason !== undefined) return reason;
  }
  for (const name of trial.setup.children) {
    if (name === trial.setup.leader || ok.calls[name]?.length === 0) continue;
    Object.assign(denied, { agent: name, asked: 0 });
    const how = `when the constraint '${LABEL}' of the caller denies '${name}'`;
    const observation = await rehearsals.run(how);
    const reason =
      withoutLabel(observation) ??
      (denied.asked > 0
        ? (disobeyed(trial, name, observation) ?? replaced(trial, ok, observation))
        : undefined);
    if (reason !== undefined) return reason;
  }
  return undefined;
}

function withoutLabel(observation: Observation): string | undefined {
  if (isExplained(observation)) return undefined;
  for (const label of [LABEL, TERMS]) {
    const bare = observation.delegations.find(({ constraintSubset }) => !constraintSubset.includes(label));
    if (bare)
      return `${observation.circumstances}: a delegation from '${nameOfAgent(bare.delegatorId)}' to '${nameOfAgent(bare.delegateeId)}' does not have '${label}'`;
  }
  return undefined;
}

/** Work that an agent may not do is not done by the leader's own right instead. */
function replaced(
  { setup: { leader } }: PatternTrial,
  ok: Observation,
  observation: Observation,
): string | undefined {
  const [usual, made] = [callCounts(ok), callCounts(observation)];
  if (leader === undefined || (made[leader] ?? 0) <= (usual[leader] ?? 0)) return undefined;
  return `${observation.circumstances}: '${leader}', which leads, was called ${made[leader]} times instead of ${usual[leader]}`;
}

function disobeyed({ setup }: PatternTrial, name: string, observation: Observation): string | undefined {
  const { circumstances, calls, outcome } = observation;
  if ((calls[name]?.length ?? 0) > 0) return `${circumstances}: '${name}' acted`;
  if (outcome.status === 'failed' || isExplained(observation)) return undefined;
  if (outcome.status === 'unended') return `${circumstances}: the run neither failed nor ended`;
  return setup.tolerates.agents.includes(name)
    ? undefined
    : `${circumstances}: the run succeeded without it, though the setup does not tolerate that`;
}
