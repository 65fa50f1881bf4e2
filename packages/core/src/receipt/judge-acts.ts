import type { AuditAnchor } from '../chain/index.js';
import { isRunEnding } from '../trust/audit/trail-judge.js';
import type { DelegationPath } from '../trust/verify/delegation-path.js';
import { mayDo } from '../trust/verify/delegation-rights.js';
import { jsonMember, timestampToMillis } from '../wire/index.js';
import type { ReceiptWorld } from './receipt-world.js';

/** Checks that each agent was allowed to act as it did, at the time when it began to act. */
export function judgeActs(world: ReceiptWorld, paths: ReadonlyMap<string, DelegationPath>): void {
  const last = world.anchors.at(-1);
  const leaderId = last && leaderOf(last);
  for (const anchor of world.anchors) {
    const problem = isAct(anchor) ? problemOfAct(world, paths, anchor, leaderId) : undefined;
    if (problem) world.report('ACT_NOT_ALLOWED', `anchor ${anchor.id}: ${problem}`);
  }
}

const isAct = (anchor: AuditAnchor): boolean =>
  anchor.result !== 'denied' && !isRecorders(anchor) && !isRunEnding(anchor);

/**
 * Whether the recorder signed for an agent that had no usable chain. Such an agent can have been stopped, or have failed. A
 * success is an act like any other, of the agent that signed.
 */
const isRecorders = ({ result, context }: AuditAnchor): boolean =>
  result !== 'success' && jsonMember(context, 'subject_agent_id') !== undefined;

/** The agent that led the run that an anchor ends. Where its chain was not usable any more, the recorder signed for it. */
const leaderOf = (ending: AuditAnchor): string =>
  isRecorders(ending) ? String(jsonMember(ending.context, 'subject_agent_id')) : ending.agentId;

function problemOfAct(
  world: ReceiptWorld,
  paths: ReadonlyMap<string, DelegationPath>,
  anchor: AuditAnchor,
  leaderId: string | undefined,
): string | undefined {
  const { agentId, action, context } = anchor;
  const started = timestampToMillis(String(jsonMember(context, 'started_at') ?? anchor.timestamp));
  if (!(started <= timestampToMillis(anchor.timestamp))) return 'it does not say when it began';
  const chain = world.chainOf(anchor);
  if (!chain) return undefined;
  world.moment = started;
  if (chain.isExpired(started)) return `the chain of ${agentId} had expired`;
  const delegationId = jsonMember(context, 'delegation_id') ?? null;
  if (delegationId === null) {
    if (agentId !== leaderId) return `${agentId} acted under no delegation, and did not lead the run`;
    return mayDo(started, chain, [], action) ? undefined : `${agentId} does not hold '${action}'`;
  }
  const path = paths.get(String(delegationId));
  const leaf = path?.links[0];
  if (!path || leaf?.record.delegateeId !== agentId) return 'it depends on no valid delegation to its agent';
  if (path.links.some((link) => started > link.expiresAt)) return 'it depends on an expired delegation';
  return (
    misuse(world, leaf.record.id, anchor) ??
    (mayDo(started, chain, path.links, action) ? undefined : `the delegation does not give '${action}'`)
  );
}

/** Returns the problem of an act under a delegation that was made for another run or person. */
function misuse(world: ReceiptWorld, delegationId: string, { context }: AuditAnchor): string | undefined {
  const binding = world.bindings.get(delegationId);
  const outerRun = jsonMember(context, 'outer_run') ?? outerRunOf(world);
  if (binding?.runId !== world.receipt.run_id && binding?.runId !== outerRun)
    return 'its delegation was made in another run';
  const person = jsonMember(jsonMember(context, 'person') ?? null, 'pseudonym') ?? null;
  return binding?.person === person ? undefined : 'its delegation was made for another person';
}

/** The run in which this one was started, as its last anchor says. */
const outerRunOf = ({ anchors }: ReceiptWorld): unknown =>
  jsonMember(anchors.at(-1)?.context ?? null, 'outer_run');
