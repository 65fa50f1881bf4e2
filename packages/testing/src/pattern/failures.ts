import type { CompleteSetup } from './complete-setup.js';
import { allCalls, failedAgents, type Observation } from './observation.js';
import { failureMessage, type PatternTrial } from './pattern-trial.js';
import { isExplained } from './refusals.js';

/**
 * A failure is swallowed if its run ends well and
 * - the setup does not tolerate that agent's failure, or
 * - it does, and the result does not say that the agent failed, or
 * - everyone whose failure is tolerated failed, and the setup does not tolerate that.
 *
 * A run that fails swallows nothing, whatever its error: the failure is in its trail. One that does not end does.
 */
export async function swallowsNoFailure(trial: PatternTrial): Promise<string | undefined> {
  const allFail = await trial.allFail();
  for (const observation of [...(await trial.failures()), allFail]) {
    const reason = swallowed(trial.setup, observation, observation === allFail);
    if (reason !== undefined) return `${observation.circumstances}: ${reason}`;
  }
  return undefined;
}

function swallowed(
  { tolerates }: CompleteSetup,
  observation: Observation,
  isAll: boolean,
): string | undefined {
  const failed = failedAgents(observation);
  const { outcome } = observation;
  if (failed.length === 0 || outcome.status === 'failed') return undefined;
  if (outcome.status === 'unended') return 'the run neither failed nor ended';
  const intolerable = failed.find((agent) => !tolerates.agents.includes(agent));
  if (intolerable)
    return `the run succeeded, though the setup does not tolerate a failure of '${intolerable}'`;
  if (isAll && tolerates.all !== true) return 'the run succeeded, though nobody was left to succeed';
  const reportedIn = tolerates.reportedIn ?? saysSo;
  const hidden = failed.find(
    (agent) => !reportedIn(outcome.result, { agent, message: failureMessage(agent) }),
  );
  return hidden && `the run succeeded, and its result does not say that '${hidden}' failed`;
}

/**
 * Whether one agent's failure costs what the others did: a pattern that goes on must go on with all that is left.
 * Asked only of runs that succeed, since one that fails leaves the others' work in its trail.
 */
export async function losesNothing(trial: PatternTrial): Promise<string | undefined> {
  const { tolerates } = trial.setup;
  const ok = await trial.ok();
  for (const observation of await trial.failures()) {
    if (observation.outcome.status !== 'succeeded' || isExplained(observation)) continue;
    const others = tolerates.agents.filter((name) => !failedAgents(observation).includes(name));
    const unused = others.find((name) => observation.calls[name]?.length === 0);
    if (unused) return `${observation.circumstances}: '${unused}' was not called any more`;
    const lost = others.find((name) => !isKept(trial.setup, observation, name, ok));
    if (lost) return `${observation.circumstances}: what '${lost}' contributed is not in the result`;
  }
  return undefined;
}

/** @param ok - where those that failed this time said what they say. */
function isKept(
  { tolerates }: CompleteSetup,
  observation: Observation,
  agent: string,
  ok: Observation,
): boolean {
  const output = observation.calls[agent]?.at(-1)?.output;
  const { result } = observation.outcome as { result: unknown };
  if (tolerates.keptIn) return tolerates.keptIn(result, { agent, output });
  const isPeer = (name: string): boolean => name !== agent && tolerates.agents.includes(name);
  const ofPeers = new Set(
    [...allCalls(observation), ...allCalls(ok)]
      .filter((call) => isPeer(call.agent))
      .flatMap((call) => textsIn(call.output)),
  );
  const kept = new Set(textsIn(result));
  return textsIn(output).some((text) => !ofPeers.has(text) && kept.has(text));
}

function saysSo(result: unknown, { message }: { message: string }): boolean {
  return textsIn(result).some((text) => text.includes(message) || text.includes('AGENT_FAILED'));
}

/** Every text in a value, those within texts that are JSON included, as roles pass lists on as JSON. */
function textsIn(value: unknown): string[] {
  if (typeof value === 'string') {
    const inner = /^\s*[[{]/.test(value) ? parsed(value) : undefined;
    return inner === undefined ? [value] : [value, ...textsIn(inner)];
  }
  if (value instanceof Error) return [value.message];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
