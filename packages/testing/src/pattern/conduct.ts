import { comparable } from './answers.js';
import { withoutMarks } from './marks.js';
import type { Observation } from './observation.js';
import type { PatternTrial } from './pattern-trial.js';
import type { Asked } from './spied-pattern.js';
import { sorted, textOf } from './texts.js';

/** Describes the delegations that a pattern was given in a run, one text for each. */
export const grantsOf = ({ asked }: Observation): string[] => asked.flatMap(grantOf).sort();

const grantOf = ({ grant }: Asked): string[] =>
  grant
    ? [
        `'${grant.from.name}' to '${grant.to.name}' for ${grant.capabilities.join(', ')} under ${grant.constraints.toSorted().join(', ')}`,
      ]
    : [];

/** Returns how often each agent was called. */
export const callCounts = ({ calls }: Observation): Readonly<Record<string, number>> =>
  Object.fromEntries(Object.entries(calls).map(([name, { length }]) => [name, length]));

/** Describes what each agent received, regardless of the order in which it received it. */
export function inputsOf({ calls, marks, runId, taskId }: Observation): Readonly<Record<string, string>> {
  const describe = (input: unknown): string =>
    withoutMarks(textOf(sorted(input)), marks)
      .replaceAll(runId, '<run>')
      .replaceAll(taskId, '<task>');
  return Object.fromEntries(
    Object.entries(calls).map(([name, each]) => [
      name,
      each
        .map(({ input }) => describe(input))
        .sort()
        .join(' and '),
    ]),
  );
}

/** The result without what differs from run to run, regardless of the order of its fields. */
export const resultOf = ({ setup }: PatternTrial, observation: Observation): string =>
  comparable({ setup: { ...setup, comparable: (result) => sorted(setup.comparable(result)) } }, observation);

/** Finds calls and delegations of a run that another run does not have. */
export function excess(before: Observation, after: Observation, how = 'more'): string | undefined {
  const [usual, made] = [callCounts(before), callCounts(after)];
  const often = Object.keys(made).find((name) => (made[name] ?? 0) > (usual[name] ?? 0));
  if (often !== undefined) {
    const [few, many] = [usual[often] ?? 0, made[often] ?? 0];
    return how === 'more'
      ? `'${often}' was called ${many} times instead of ${few}`
      : `'${often}' was called ${few} times instead of ${many}`;
  }
  const left = grantsOf(before);
  for (const grant of grantsOf(after)) {
    const at = left.indexOf(grant);
    if (at < 0) return `there was ${how === 'more' ? 'a' : 'no'} delegation from ${grant}`;
    left.splice(at, 1);
  }
  return undefined;
}
