import type { Observation } from './observation.js';
import type { PatternTrial } from './pattern-trial.js';

/** Finds a fault in the requests of a pattern, even if the pattern hid the guard's answer. */
type Detector = (observation: Observation) => string | undefined;

/** Finds an agent that acted or delegated without a delegation. The guard refused it. */
export const actsWithoutDelegation: Detector = ({ asked }) => {
  const refused = asked.find((request) => request.error?.code === 'DELEGATION_REQUIRED');
  return refused && `${refused.op} of '${refused.agents[0]}' was refused: ${refused.error?.message}`;
};

/** Finds a handle that this run did not give the pattern: forged, copied, or kept from another run. */
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

/** Finds a delegation of something that the delegator could not give. */
export const widens: Detector = ({ asked }) => {
  const refused = asked.find((request) => NOT_THE_DELEGATORS_TO_GIVE.includes(request.error?.code ?? ''));
  return (
    refused &&
    `the delegation from '${refused.agents[0]}' to '${refused.agents[1]}' was refused: ${refused.error?.message}`
  );
};

/** Finds requests that were in progress when the pattern's `execute` settled, unless the run was stopped. */
export const leavesWorkBehind: Detector = ({ leftBehind, stop }) => {
  if (stop || leftBehind.length === 0) return undefined;
  const what = leftBehind.map(({ op, agents }) => `${op} of '${agents.at(-1)}'`).join(', ');
  return `execute() had settled while this was in progress: ${what}`;
};

const DETECTORS = [actsWithoutDelegation, reachesForStrangers, widens, leavesWorkBehind];

/**
 * Whether a run failed because of a fault for which there is a separate requirement. The consequences of such a fault do
 * not count against the pattern a second time.
 */
export const isExplained = (observation: Observation): boolean =>
  DETECTORS.some((detect) => detect(observation) !== undefined);

/** Finds the first run with a fault. */
export async function findRefusal(trial: PatternTrial, detect: Detector): Promise<string | undefined> {
  const company = await trial.company();
  for (const observation of [
    await trial.ok(),
    ...(await trial.failures()),
    await trial.allFail(),
    ...(await trial.cancelled()),
    await trial.timedOut(),
    ...(await trial.denials()),
    ...company.alone,
    ...company.together,
  ]) {
    const reason = detect(observation);
    if (reason !== undefined) return `${observation.circumstances}: ${reason}`;
  }
  return undefined;
}
