import type { StoreWrite } from '@kaizen-eatp/core/store';
import { FailingStore } from '../fakes/failing-store.js';
import type { Script } from '../fakes/scripted-agent.js';
import { Laboratory } from './laboratory.js';
import type { Observation } from './observation.js';
import type { PatternTrial } from './pattern-trial.js';
import { isExplained } from './refusals.js';

const MOST_PAIRS = 6;

interface Fault {
  readonly what: string;
  /** Whether every run must fail because of it. */
  readonly isFatal: boolean;
  readonly hits: (writes: readonly StoreWrite[], agentId: string) => boolean;
}

const FAULTS: readonly Fault[] = [
  {
    what: 'the outcome of an act of',
    isFatal: true,
    hits: (writes, agentId) =>
      writes.some((write) => write.op === 'append_anchor' && write.entry.agentId === agentId),
  },
  {
    what: 'the intent of',
    isFatal: false,
    hits: (writes, agentId) =>
      writes.some((write) => write.op === 'open_intent' && write.intent.agentId === agentId),
  },
];

/**
 * Checks that a run fails when the store could not record something, although another agent fails in the ordinary way. A
 * pattern that goes on when a store could not record an intent, and reports that, does the same in both cases.
 */
export async function endsWhenNotRecorded(trial: PatternTrial): Promise<string | undefined> {
  const ok = await trial.ok();
  if (ok.outcome.status !== 'succeeded') return undefined;
  const { tolerates, active } = trial.setup;
  for (const fault of FAULTS) {
    const ending: string[] = [];
    for (const name of active) {
      if (ok.calls[name]?.length === 0) continue;
      const alone = await notRecorded(trial, fault, name);
      if (!alone || isExplained(alone)) continue;
      if (alone.outcome.status === 'failed') ending.push(name);
      else if (fault.isFatal || alone.outcome.status === 'unended') return notFailed(alone);
    }
    const pairs = tolerates.agents
      .filter((name) => ending.includes(name))
      .flatMap((name) =>
        tolerates.agents.filter((other) => other !== name).map((other) => [name, other] as const),
      );
    for (const [name, other] of pairs.slice(0, MOST_PAIRS)) {
      const both = await notRecorded(trial, fault, name, other);
      if (both && both.outcome.status !== 'failed' && !isExplained(both))
        return `${notFailed(both)}, and it fails if '${other}' does not`;
    }
  }
  return undefined;
}

const notFailed = ({ circumstances, outcome }: Observation): string =>
  `${circumstances}: the run ${outcome.status === 'succeeded' ? 'succeeded' : 'did not end'}`;

/** Makes a run; undefined: the store was not asked to record it. */
async function notRecorded(
  trial: PatternTrial,
  { what, hits }: Fault,
  fatal: string,
  other?: string,
): Promise<Observation | undefined> {
  // With more agents some are left that do not fail.
  const setup = trial.crowd() ?? trial.setup;
  const store = new FailingStore(setup.store());
  const scripts: Record<string, Script> = other === undefined ? {} : { [other]: trial.failing(other) };
  const laboratory = await Laboratory.open(setup, { tenant: trial.tenantMark, store, scripts });
  store.fail({ times: 1, when: (writes) => hits(writes, `agent-${fatal}`) });
  const also = other === undefined ? '' : `, and '${other}' fails`;
  const observation = await trial.finish(
    `when the store cannot record ${what} '${fatal}'${also}`,
    laboratory,
    laboratory.start(),
  );
  return store.failures > 0 ? observation : undefined;
}
