/*
 * BROKEN (wrong record): a worker that never got to work (its delegation was refused) is recorded in the trail, in the leader's
 * name, without a `result`, so the signed anchor of the failure says `success` where it must say `denied` or `failure`. The
 * result of the run names the failure correctly, and the guard's own record of a refused delegation stays what it is.
 * HURTS: the trail has one more successful `execute` of the leader, which did not happen; a search for failed workers by
 * the pattern's event `worker_failed` and by the result finds none.
 * SETUP: agents: { lead: {}, first: {}, second: {}, third: {} } (one leader first, two or more workers); tolerated failures:
 * every worker (the run fails only if all workers fail, with the first error); options: none; otherOptions:
 * { constraints: ['read_only'] } (that is then an added constraint of each worker). Details are signed only with the record of
 * such a failure: { event, agent, code }. The fault shows, for instance, if a worker is revoked while the leader works.
 */
import { EatpError } from '@kaizen-eatp/core';
import { PatternContractError } from '@kaizen-eatp/core/errors';
import { definePattern } from '@kaizen-eatp/core/plugin';
import { z } from 'zod';

const options = z.strictObject({
  /** Constraints that are added to every delegation. Default: none. */
  constraints: z.array(z.string()).default([]),
});

const ENDINGS = new Set(['OUTCOME_NOT_RECORDED', 'TRAIL_FORK', 'SIGNING_FAILED', 'EXECUTION_CANCELLED']);
/** The codes of failures that the guard has recorded by itself. */
const RECORDED = new Set(['VERIFICATION_DENIED', 'AGENT_FAILED', 'EXECUTION_TIMEOUT', 'REVOKED']);

const endsRun = (signal: AbortSignal, error: unknown): boolean =>
  signal.aborted ||
  !(error instanceof EatpError) ||
  error.code.startsWith('STORE_') ||
  ENDINGS.has(error.code);

/** The first agent briefs the others, which work concurrently. Those that fail are named in the result and in the trail. */
export const pattern = definePattern({
  name: 'reported_team',
  options,
  async execute({ agents, input, options, delegate, invoke, share, signal }) {
    const [lead, ...workers] = agents;
    if (!lead || workers.length === 0) {
      throw new PatternContractError("Pattern 'reported_team' has no worker", {
        expected: 'a leader first, and at least one worker',
        received: `${agents.length} agents`,
        remedy: 'Give the runtime more agents.',
      });
    }
    const brief = await invoke(lead, input);
    const settled = await Promise.allSettled(
      workers.map(async (worker) => {
        const delegation = await delegate(lead, worker, { constraints: options.constraints });
        return invoke(worker, brief, { delegation });
      }),
    );
    for (const end of settled) if (end.status === 'rejected' && endsRun(signal, end.reason)) throw end.reason;
    const outputs: { worker: string; output: unknown }[] = [];
    const failures: { worker: string; code: string; reason: string }[] = [];
    let firstError: unknown;
    for (const [i, end] of settled.entries()) {
      const worker = workers[i]!.name;
      if (end.status === 'fulfilled') {
        outputs.push({ worker, output: end.value });
        continue;
      }
      firstError ??= end.reason;
      const { code, message } = end.reason as EatpError;
      const failure = { worker, code, reason: message };
      failures.push(failure);
      if (RECORDED.has(code)) continue;
      await share(lead, failure, {
        action: 'execute',
        details: { event: 'worker_failed', agent: worker, code },
      });
    }
    if (outputs.length === 0) throw firstError;
    return { brief, outputs, failures };
  },
});
