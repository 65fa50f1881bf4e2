import type { CompleteSetup } from './complete-setup.js';
import { failureMessage } from './experiments.js';
import { endsWhenNotRecorded } from './fatal-failures.js';
import { allCalls, failedAgents, type Observation } from './observation.js';
import type { PatternTrial } from './pattern-trial.js';
import { isExplained } from './refusals.js';
import { textOf, textsIn } from './texts.js';

/**
 * Checks that no failure is swallowed. A failure is swallowed if the run succeeds and
 * - the setup does not tolerate a failure of that agent, or
 * - the setup tolerates it, and the result does not report it, or
 * - all agents whose failures are tolerated have failed, and the setup does not tolerate that.
 *
 * A record that could not be stored must fail the run, even if the setup tolerates failures of the agent.
 *
 * A run that fails swallows no failure, whatever its error is: the failure is in its trail. A run that does not end
 * swallows it.
 */
export async function swallowsNoFailure(trial: PatternTrial): Promise<string | undefined> {
  const allFail = await trial.allFail();
  for (const observation of [...(await trial.failures()), allFail]) {
    const reason = swallowed(trial.setup, observation, observation === allFail);
    if (reason !== undefined) return `${observation.circumstances}: ${reason}`;
  }
  return (await hiddenOfTwo(trial)) ?? endsWhenNotRecorded(trial);
}

const MOST_PAIRS = 3;

/** Two failures of one kind are two failures: a result that tells them by their kind alone hides one. */
async function hiddenOfTwo(trial: PatternTrial): Promise<string | undefined> {
  const { agents, reportedIn } = trial.setup.tolerates;
  for (const [i, one] of agents.slice(1, 1 + MOST_PAIRS).entries()) {
    const two = [agents[i] as string, one];
    const observation = await trial.run(
      `when '${two.join("' and '")}' fail`,
      Object.fromEntries(two.map((name) => [name, trial.failing(name)])),
    );
    const { outcome, circumstances } = observation;
    if (outcome.status !== 'succeeded' || isExplained(observation)) continue;
    const failed = failedAgents(observation).filter((name) => two.includes(name));
    const text = textOf(outcome.result);
    const isNamed = (agent: string): boolean =>
      reportedIn?.(outcome.result, { agent, message: failureMessage(agent) }) ??
      (text.includes(failureMessage(agent)) || text.includes(JSON.stringify(agent)));
    const hidden = failed.find((agent) => !isNamed(agent));
    if (hidden) return `${circumstances}: the result does not say that '${hidden}' failed`;
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
  if (isAll && tolerates.all !== true) return 'the run succeeded, though no agent succeeded';
  const reportedIn = tolerates.reportedIn ?? saysSo;
  const hidden = failed.find(
    (agent) => !reportedIn(outcome.result, { agent, message: failureMessage(agent) }),
  );
  return hidden && `the run succeeded, and its result does not say that '${hidden}' failed`;
}

/**
 * Checks that the failure of one agent does not lose the work of the others: a pattern that continues must use all that
 * work. It applies to runs that succeed, since a run that fails leaves the work in its trail.
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

/** Whether the result holds an agent's contribution. @param ok - the run without failures, for the other agents' outputs. */
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

/** Whether a result reports a failure: by its message, or by the code of an agent's failure. */
function saysSo(result: unknown, { message }: { message: string }): boolean {
  return textsIn(result).some((text) => text.includes(message) || text.includes('AGENT_FAILED'));
}

/** Checks that a run which fails because an agent failed says so: its error is that of the agent, or has it as a cause. */
export async function keepsErrors(trial: PatternTrial): Promise<string | undefined> {
  const { errors } = trial.setup;
  for (const observation of [...(await trial.failures()), await trial.allFail()]) {
    const { outcome, circumstances } = observation;
    const failed = failedAgents(observation);
    if (outcome.status !== 'failed' || failed.length === 0 || isExplained(observation)) continue;
    const { error } = outcome;
    if (!failed.some((agent) => mentions(error, failureMessage(agent))))
      return `${circumstances}: the run failed with ${error.code}: ${error.message}; neither this nor a cause of it has the error of the agent`;
    if (error.code !== 'AGENT_FAILED' && error.code !== 'PATTERN_FAILED' && !errors.includes(error.code))
      return `${circumstances}: the run failed with ${error.code}, which the setup does not list in \`errors\``;
  }
  return undefined;
}

/** Whether the message of an error, or of one of its causes, contains a string. */
function mentions(error: unknown, text: string): boolean {
  for (let each = error, depth = 0; each instanceof Error && depth < 10; each = each.cause, depth++)
    if (each.message.includes(text)) return true;
  return false;
}
