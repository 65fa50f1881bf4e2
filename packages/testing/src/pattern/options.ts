import { comparable } from './answers.js';
import type { Laboratory } from './laboratory.js';
import { withoutMarks } from './marks.js';
import type { Observation } from './observation.js';
import type { PatternTrial } from './pattern-trial.js';
import { instanceOf } from './spied-pattern.js';
import { textOf } from './texts.js';

type Options = Readonly<Record<string, unknown>>;

/** Checks that each run follows its own options, whatever the options of the runs before it and at the same time are. */
export async function obeysOptions(trial: PatternTrial): Promise<string | undefined> {
  const { options, otherOptions = {} } = trial.setup;
  const sets = [options, otherOptions];
  const instance = instanceOf(trial.setup.pattern);
  const laboratory = await trial.open({ instance });
  const start = (given: Options, how: string): Promise<Observation> =>
    trial.finish(
      `with ${nameOf(trial, given)}, ${how}`,
      laboratory as Laboratory,
      laboratory.start({ options: given }),
    );
  const first = await start(options, 'alone');
  const second = await start(otherOptions, 'after a run with the first options');
  const [expected, different] = [conductOf(trial, first), conductOf(trial, second)];
  if (expected === different)
    return `a run with the other options does what one with the first options does; either the pattern keeps the options of an earlier run, or \`otherOptions\` of the setup make no difference`;
  const again = await start(options, 'after a run with other options');
  const mixed = await Promise.all(
    [...sets, ...sets].map((given) => start(given, 'at the same time as others')),
  );
  for (const [observation, conduct] of [
    [again, expected] as const,
    ...mixed.map((each, i) => [each, i % 2 === 0 ? expected : different] as const),
  ]) {
    const received = conductOf(trial, observation);
    if (received !== conduct)
      return `${observation.circumstances}: the run was not as before: ${received}, and before ${conduct}`;
  }
  return undefined;
}

const nameOf = ({ setup }: PatternTrial, options: Options): string =>
  options === setup.options ? 'the first options' : 'the other options';

/** Describes a run as far as options can change it: its result, calls, delegations, requests for approval and acts. */
function conductOf(trial: PatternTrial, observation: Observation): string {
  const calls = Object.entries(observation.calls).map(([name, { length }]) => `${name} ${length}`);
  const delegations = observation.asked
    .filter(({ grant }) => grant !== undefined)
    .map(
      ({ grant }) => `${grant?.to.name}: ${grant?.capabilities.join()} under ${grant?.constraints.join()}`,
    );
  const approvals = observation.asked
    .filter(({ op }) => op === 'approval')
    .map(({ value }) => withoutMarks(textOf(value), observation.marks));
  const acts = observation.trail.map(({ action, agentId }) => `${agentId} ${action}`);
  return [
    comparable(trial, observation),
    calls.join(),
    delegations.sort().join(),
    approvals.sort().join(),
    acts.sort().join(),
  ].join(' | ');
}
