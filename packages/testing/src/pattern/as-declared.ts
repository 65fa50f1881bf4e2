import { capabilityCovers, EXECUTE } from '@kaizen-eatp/core/plugin';
import type { CompleteSetup } from './complete-setup.js';
import { nameOfAgent, type Observation } from './observation.js';
import type { PatternTrial } from './pattern-trial.js';
import { isExplained } from './refusals.js';
import type { Asked } from './spied-pattern.js';

/** The runs in which no agent fails. */
async function soundRuns(trial: PatternTrial): Promise<readonly Observation[]> {
  const { alone, together } = await trial.company();
  const { runs } = await trial.tenants();
  return [await trial.ok(), ...alone, ...together, ...runs.flat()].filter(
    (observation) => observation.outcome.status === 'succeeded' && !isExplained(observation),
  );
}

/** Checks that each agent is called as often as the setup says, and never more often because an agent failed. */
export async function callsAsDeclared(trial: PatternTrial): Promise<string | undefined> {
  const ok = await trial.ok();
  const sound = await soundRuns(trial);
  const others = [
    ...(await trial.failures()),
    await trial.allFail(),
    ...(await trial.deniedTools()),
    ...(await trial.revokedDelegations()),
    ...(await trial.denials()),
    ...(await trial.cancelled()),
  ];
  for (const observation of [...sound, ...others]) {
    if (isExplained(observation)) continue;
    const isSound = sound.includes(observation);
    for (const [name, { calls }] of Object.entries(trial.setup.agents)) {
      const [least, most] = calls;
      const made = observation.calls[name]?.length ?? 0;
      // That an agent takes no part at all fails a requirement of its own.
      const isMissing = isSound && made < least && ok.calls[name]?.length !== 0;
      if (made > most || isMissing) {
        const times = least === most ? `${most}` : `${least} to ${most}`;
        return `${observation.circumstances}: '${name}' was called ${made} times, and the setup says ${times}`;
      }
    }
  }
  return undefined;
}

/** Checks that every agent acts and shares only as actions that the setup allows. */
export async function actsAsDeclared(trial: PatternTrial): Promise<string | undefined> {
  for (const observation of await soundRuns(trial)) {
    for (const { agentId, action, context } of observation.trail) {
      const agent = trial.setup.agents[nameOfAgent(agentId)];
      if (!agent || context?.invocation_id === undefined) continue;
      if (!agent.actions.some((allowed) => capabilityCovers(allowed, action)))
        return `${observation.circumstances}: '${nameOfAgent(agentId)}' acted as '${action}', and the setup says ${agent.actions.join(', ')}`;
    }
    const shared = observation.asked.find(
      ({ op, agents, options }) => op === 'share' && !isAllowed(trial.setup, agents[0], options.action),
    );
    if (shared)
      return `${observation.circumstances}: '${shared.agents[0]}' shared as '${String(shared.options.action)}', which the setup does not list`;
  }
  return undefined;
}

const isAllowed = ({ agents }: CompleteSetup, name = '', action: unknown): boolean =>
  agents[name]?.actions.some((allowed) => capabilityCovers(allowed, String(action))) ?? false;

/** Checks that the pattern signs only details that the setup names, and signs each of them in some run. */
export async function signsDeclaredDetails(trial: PatternTrial): Promise<string | undefined> {
  const { details, facts } = trial.setup;
  const runs = [
    await trial.ok(),
    ...(await trial.failures()),
    await trial.allFail(),
    ...(await trial.denials()),
  ];
  for (const { circumstances, asked } of runs) {
    for (const { op, agents, options } of asked) {
      const fact = namesIn(options.context).find((name) => !facts.includes(name));
      if (fact !== undefined)
        return `${circumstances}: ${op} of '${agents[0]}' gives constraint evaluators the fact '${fact}', which the setup does not name`;
      const invented = namesIn(options.details).find((name) => !details.includes(name));
      if (invented !== undefined)
        return `${circumstances}: ${op} of '${agents[0]}' signs the detail '${invented}', which the setup does not name`;
    }
  }
  if (details.length === 0) return undefined;
  await Promise.all([trial.company(), trial.cancelled(), trial.timedOut(), trial.withOtherOptions()]);
  const signed = new Set(
    trial.observed.flatMap(({ asked }) => asked.flatMap((request) => namesIn(request.options.details))),
  );
  // Where no run of the suite succeeds, other requirements say why.
  if (!trial.observed.some(({ outcome }) => outcome.status === 'succeeded')) return undefined;
  const unused = details.find((name) => !signed.has(name));
  return unused === undefined
    ? undefined
    : `no act in ${trial.observed.length} runs signs the detail '${unused}', which the setup names`;
}

const namesIn = (given: unknown): readonly string[] =>
  typeof given === 'object' && given !== null ? Object.keys(given) : [];

/** Checks that every delegation is used, gives no more than is used, and adds the constraints that the setup names. */
export async function delegatesNoMore(trial: PatternTrial): Promise<string | undefined> {
  for (const observation of await soundRuns(trial)) {
    for (const request of observation.asked) {
      if (request.op !== 'delegate' || !request.grant) continue;
      const reason = excess(trial.setup, observation, request);
      if (reason !== undefined)
        return `${observation.circumstances}: the delegation from '${request.agents[0]}' to '${request.agents[1]}' ${reason}`;
    }
  }
  return undefined;
}

function excess(
  setup: CompleteSetup,
  observation: Observation,
  { grant, options, agents }: Asked,
): string | undefined {
  const { trail, asked, delegations } = observation;
  const receiver = setup.agents[agents[1] as string];
  if (!receiver) return undefined;
  const id = grant?.id;
  const acts = trail.filter(({ context }) => context?.delegation_id === id);
  const below = delegations.filter(({ parentDelegationId }) => parentDelegationId === id);
  if (acts.length === 0 && below.length === 0) return 'was not used';
  const added = listOf(options.constraints);
  const missing = receiver.addedConstraints.find((label) => !added.includes(label));
  if (missing !== undefined) return `does not add the constraint '${missing}'`;
  const surplus = added.find((label) => !receiver.addedConstraints.includes(label));
  if (surplus !== undefined) return `adds the constraint '${surplus}', which the setup does not name`;
  const shares = asked.filter(({ op, agents: [name] }) => op === 'share' && name === agents[1]);
  const used = [
    ...acts.map(({ action }) => action),
    ...shares.map(({ options: { action } }) => String(action)),
    ...below.flatMap(({ capabilitiesDelegated }) => capabilitiesDelegated),
    ...receiver.spare,
    EXECUTE,
  ];
  const wide = listOf(options.capabilities).find(
    (name) => !used.some((each) => capabilityCovers(name, each)),
  );
  return wide === undefined ? undefined : `gives '${wide}', which '${agents[1]}' does not use`;
}

const listOf = (value: unknown): readonly string[] => (Array.isArray(value) ? value.map(String) : []);
