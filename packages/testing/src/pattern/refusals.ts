import type { Observation } from './observation.js';
import type { PatternTrial } from './pattern-trial.js';

/** Finds a fault that shows in what a pattern asked for, whether or not it hid the guard's answer. */
type Detector = (observation: Observation) => string | undefined;

/** An agent acted, or delegated, without having been delegated anything. The guard refuses it; here it gets its name. */
export const actsWithoutDelegation: Detector = ({ asked }) => {
  const refused = asked.find((request) => request.error?.code === 'DELEGATION_REQUIRED');
  return refused && `${refused.op} of '${refused.agents[0]}' was refused: ${refused.error?.message}`;
};

/** A handle that this run did not hand out: forged, copied, or kept from another run. */
export const reachesForStrangers: Detector = ({ asked }) => {
  const stranger = asked.find((request) => !request.isGiven);
  return (
    stranger &&
    `it asked to ${stranger.op} with '${stranger.agents.join("', '")}', which are not all agents of this run`
  );
};

const NOT_THE_DELEGATORS_TO_GIVE = [
  'CAPABILITY_NOT_HELD',
  'DELEGATION_REFUSED',
  'DELEGATION_CYCLE',
  'DELEGATION_DEPTH_EXCEEDED',
];

/** A delegation of what the delegator could not give. */
export const widens: Detector = ({ asked }) => {
  const refused = asked.find((request) => NOT_THE_DELEGATORS_TO_GIVE.includes(request.error?.code ?? ''));
  return (
    refused &&
    `the delegation from '${refused.agents[0]}' to '${refused.agents[1]}' was refused: ${refused.error?.message}`
  );
};

/** Something that the pattern asked for was under way when its `execute` settled. A run that was stopped is exempt. */
export const leavesWorkBehind: Detector = ({ leftBehind, stop }) => {
  if (stop || leftBehind.length === 0) return undefined;
  const what = leftBehind.map(({ op, agents }) => `${op} of '${agents.at(-1)}'`).join(', ');
  return `execute() had settled while this was under way: ${what}`;
};

const DETECTORS = [actsWithoutDelegation, reachesForStrangers, widens, leavesWorkBehind];

/**
 * Whether a run went wrong because of a fault that has a requirement of its own. What follows from such a fault is
 * not held against the pattern a second time.
 */
export const isExplained = (observation: Observation): boolean =>
  DETECTORS.some((detect) => detect(observation) !== undefined);

/** The first run in which a fault shows. */
export async function findRefusal(trial: PatternTrial, detect: Detector): Promise<string | undefined> {
  const company = await trial.company();
  for (const observation of [
    await trial.ok(),
    ...(await trial.failures()),
    await trial.allFail(),
    ...(await trial.cancelled()),
    await trial.timedOut(),
    ...company.alone,
    ...company.together,
  ]) {
    const reason = detect(observation);
    if (reason !== undefined) return `${observation.circumstances}: ${reason}`;
  }
  return undefined;
}
