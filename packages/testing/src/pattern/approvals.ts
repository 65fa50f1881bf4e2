import type { Approval } from '@kaizen-eatp/core/plugin';
import type { ApprovalAnswers } from './controlled-sources.js';
import type { Observation } from './observation.js';
import type { PatternTrial } from './pattern-trial.js';
import type { Asked } from './spied-pattern.js';

const REFUSALS = {
  rejected: 'is rejected',
  expired: 'expires',
  impossible: 'cannot be requested',
} as const satisfies Record<Exclude<ApprovalAnswers, Extract<Approval['outcome'], 'granted'>>, string>;

const ACTS: readonly Asked['op'][] = ['invoke', 'delegate', 'share'];

/** Whether the pattern asks for an approval in a run of the suite. */
export async function asksForApproval(trial: PatternTrial): Promise<boolean> {
  const runs = [await trial.ok(), await trial.withOtherOptions()];
  return runs.some((observation) => observation && asks(observation));
}

const asks = ({ asked }: Observation): boolean => asked.some(({ op }) => op === 'approval');

/** Checks that nothing is done after an approval that was not granted. */
export async function obeysApprovals(trial: PatternTrial): Promise<string | undefined> {
  const { options, otherOptions } = trial.setup;
  for (const [run, given, how] of [
    [await trial.ok(), options, ''],
    [await trial.withOtherOptions(), otherOptions, 'with the other options, '],
  ] as const) {
    if (!run || !given || !asks(run)) continue;
    for (const [approvals, what] of Object.entries(REFUSALS)) {
      const laboratory = await trial.open({
        tenant: trial.tenantMark,
        control: { approvals: approvals as keyof typeof REFUSALS },
      });
      const observation = await trial.finish(
        `${how}when an approval ${what}`,
        laboratory,
        laboratory.start({ options: given }),
      );
      const reason = actAfterRefusal(trial, observation);
      if (reason !== undefined) return `${observation.circumstances}: ${reason}`;
    }
  }
  return undefined;
}

function actAfterRefusal({ setup }: PatternTrial, { asked, outcome }: Observation): string | undefined {
  if (outcome.status === 'unended') return 'the run neither failed nor ended';
  // Requests that were made before the answer came do not depend on it.
  const from = asked.find(({ op }) => op === 'approval')?.requestsAtEnd ?? asked.length;
  const act = asked
    .slice(from)
    .find(({ op, agents }) => ACTS.includes(op) && !setup.actsAfterRefusal.includes(agents[0] as string));
  return act && `the pattern still asked to ${act.op} '${act.agents.join("' to '")}'`;
}
