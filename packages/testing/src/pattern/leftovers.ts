import { becomes } from '../conformance/within.js';
import type { PatternTrial } from './pattern-trial.js';
import { isExplained } from './refusals.js';

/** How long the suite waits for what comes late, in milliseconds. */
const PATIENCE = { quick: 50, full: 2_000 } as const;

/** Checks that a pattern leaves nothing in the process after a run: no timer, no open handle, no late call or rejection. */
export async function leavesNothing(trial: PatternTrial): Promise<string | undefined> {
  await trial.failures();
  await trial.cancelled();
  await trial.timedOut();
  await trial.company();
  const find = (): string | undefined => strayOf(trial);
  await becomes(() => find() !== undefined, PATIENCE[trial.setup.thoroughness]);
  return find();
}

function strayOf(trial: PatternTrial): string | undefined {
  const { observed, strayErrors } = trial;
  for (const observation of observed) {
    const { circumstances, leftovers, asked, stop, runId } = observation;
    // A pattern that has not ended, or has left its requests behind, fails a requirement of its own.
    if (isExplained(observation) || observation.outcome.status === 'unended') continue;
    if (stop && !stop.patternEnded) continue;
    if (leftovers.length > 0)
      return `${circumstances}: after the run there was still ${leftovers.join(', ')}`;
    const late = asked.find(({ isLate }) => isLate);
    if (late) return `${circumstances}: after the run the pattern still asked to ${late.op}`;
    const error = strayErrors.find((each) => each.runId === runId);
    if (error) return `${circumstances}: the pattern caused ${error.what}`;
  }
  return undefined;
}
