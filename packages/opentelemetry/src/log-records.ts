import type { AuditAnchor } from '@kaizen-eatp/core';
import { jsonMember } from '@kaizen-eatp/core/records';
import { type Attributes, context, type logs, SeverityNumber, TraceFlags, trace } from '@opentelemetry/api';
import type { ContentWriter } from './content.js';
import { EATP, EVENT } from './conventions.js';

type Logger = ReturnType<(typeof logs)['getLogger']>;

const SEVERITY: Record<AuditAnchor['result'], [SeverityNumber, string]> = {
  success: [SeverityNumber.INFO, 'INFO'],
  partial: [SeverityNumber.WARN, 'WARN'],
  denied: [SeverityNumber.WARN, 'WARN'],
  failure: [SeverityNumber.ERROR, 'ERROR'],
};

/** Returns a member of an anchor's signed context if it is a string. */
export const contextText = (anchor: AuditAnchor, name: string): string | undefined => {
  const value = jsonMember(anchor.context ?? null, name);
  return typeof value === 'string' ? value : undefined;
};

/** The attributes that identify an anchor. */
export function anchorAttributes(runId: string, anchor: AuditAnchor): Attributes {
  const sequence = jsonMember(jsonMember(anchor.context ?? null, 'trail') ?? null, 'sequence');
  const denial = jsonMember(jsonMember(anchor.context ?? null, 'denial') ?? null, 'code');
  const taskId = contextText(anchor, 'task_id');
  const invocationId = contextText(anchor, 'invocation_id');
  const delegationId = contextText(anchor, 'delegation_id');
  const outcome = contextText(anchor, 'outcome');
  return {
    [EATP.anchorId]: anchor.id,
    [EATP.runId]: runId,
    [EATP.agentId]: anchor.agentId,
    [EATP.action]: anchor.action,
    [EATP.result]: anchor.result,
    ...(taskId !== undefined && { [EATP.taskId]: taskId }),
    ...(invocationId !== undefined && { [EATP.invocationId]: invocationId }),
    ...(delegationId !== undefined && { [EATP.delegationId]: delegationId }),
    ...(outcome !== undefined && { [EATP.outcome]: outcome }),
    ...(typeof denial === 'string' && { [EATP.denialCode]: denial }),
    ...(sequence !== undefined && { [EATP.sequence]: Number(sequence) }),
  };
}

/** Emits an anchor as a log record, in the trace and span that the anchor signs. */
export function logAnchor(
  logger: Logger,
  runId: string,
  anchor: AuditAnchor,
  content: ContentWriter | undefined,
): void {
  const [severityNumber, severityText] = SEVERITY[anchor.result];
  if (logger.enabled?.({ severityNumber, eventName: EVENT.anchor }) === false) return;
  const traceId = contextText(anchor, 'trace_id');
  const spanId = contextText(anchor, 'span_id');
  const isTraced = traceId !== undefined && spanId !== undefined;
  logger.emit({
    eventName: EVENT.anchor,
    timestamp: new Date(anchor.timestamp),
    severityNumber,
    severityText,
    body: content ? content.text(anchor.context) : `${anchor.agentId} ${anchor.action}: ${anchor.result}`,
    attributes: anchorAttributes(runId, anchor),
    context: isTraced
      ? trace.setSpanContext(context.active(), { traceId, spanId, traceFlags: TraceFlags.SAMPLED })
      : trace.deleteSpan(context.active()),
  });
}
