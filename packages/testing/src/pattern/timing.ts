import { fails } from '../fakes/script.js';
import { grantsOf, inputsOf, resultOf } from './conduct.js';
import { failureMessage } from './experiments.js';
import type { Observation } from './observation.js';
import type { PatternTrial } from './pattern-trial.js';
import { isExplained } from './refusals.js';
import { type Answering, type Timing, timedRun } from './timed-run.js';
import { ORDERS } from './turnstile.js';

/** Checks that neither the result nor what happens depends on the order in which agents that work concurrently finish. */
export async function ignoresTiming(trial: PatternTrial): Promise<string | undefined> {
  const { agents: tolerated } = trial.setup.tolerates;
  const setup = trial.crowd() ?? trial.setup;
  const { otherOptions } = trial.setup;
  const reason =
    (await differs(trial, '', { setup })) ??
    (otherOptions &&
      (await differs(trial, ', with the other options', { setup: { ...setup, options: otherOptions } })));
  if (reason !== undefined || tolerated.length === 0) return reason;
  const [name] = tolerated as readonly [string, ...string[]];
  const failing: Answering = (...given) => fails(failureMessage(name)).play(...given);
  return differs(trial, ` and '${name}' fails`, { scripts: { [name]: failing } });
}

async function differs(
  trial: PatternTrial,
  also: string,
  timing: Omit<Timing, 'order'>,
): Promise<string | undefined> {
  const run = (order: keyof typeof ORDERS, how: string): Promise<Observation> =>
    timedRun(trial, `when agents that work concurrently finish ${how}${also}`, {
      ...timing,
      order: ORDERS[order],
    });
  const before = await run('first', 'in the order in which they started');
  if (before.outcome.status !== 'succeeded' || isExplained(before)) return undefined;
  for (const [order, how] of [
    ['last', 'in reverse order'],
    ['rotated', 'in rotated order'],
  ] as const) {
    const after = await run(order, how);
    const reason = difference(trial, before, after);
    if (reason !== undefined) return `${after.circumstances}: ${reason}`;
  }
  return undefined;
}

function difference(trial: PatternTrial, before: Observation, after: Observation): string | undefined {
  const [expected, received] = [resultOf(trial, before), resultOf(trial, after)];
  if (expected !== received)
    return `the result was ${received.slice(0, 500)}, and in the order of their start ${expected.slice(0, 500)}`;
  const [inputsBefore, inputsAfter] = [inputsOf(before), inputsOf(after)];
  const other = Object.keys(inputsBefore).find((name) => inputsBefore[name] !== inputsAfter[name]);
  if (other !== undefined)
    return `'${other}' received ${inputsAfter[other]?.slice(0, 500) || 'nothing'}, and otherwise ${inputsBefore[other]?.slice(0, 500) || 'nothing'}`;
  const [grantsBefore, grantsAfter] = [grantsOf(before).join('; '), grantsOf(after).join('; ')];
  return grantsBefore === grantsAfter
    ? undefined
    : `the delegations were ${grantsAfter}, and otherwise ${grantsBefore}`;
}
