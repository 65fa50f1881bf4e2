import type { RunEvent } from '@kaizen-eatp/core';
import {
  type ObservedCall,
  type ObservedEnd,
  type ObservedInvocation,
  type ObservedRun,
  type ObservedRunEnd,
  type ObservedTool,
  type RunObserver,
  redactText,
} from '@kaizen-eatp/core/plugin';
import {
  type Attributes,
  type Context,
  context,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { ContentWriter } from './content.js';
import { EATP, EVENT, GEN_AI, OPERATION, PLANNING_METHODS, PROVIDER, SCOPE } from './conventions.js';
import { Instruments } from './instruments.js';
import { anchorAttributes, contextText, logAnchor } from './log-records.js';
import { type OpenTelemetryOptions, parseSettings } from './options.js';
import { activeTrace, OpenSpans } from './parents.js';

/**
 * Returns an observer that turns runs into spans, metrics and log records, by the GenAI conventions.
 *
 * @throws InvalidArgumentError for an option.
 */
export function openTelemetry(options: OpenTelemetryOptions = {}): RunObserver {
  const { tracerProvider, meterProvider, loggerProvider, content, ...writing } = parseSettings(options);
  const writer = content ? new ContentWriter(writing) : undefined;
  const tracer = tracerProvider.getTracer(SCOPE);
  const logger = loggerProvider.getLogger(SCOPE);
  const instruments = new Instruments(meterProvider);
  const open = new OpenSpans();

  /** Starts a span, runs the work inside it, and ends the span with the work. */
  async function inSpan<End extends ObservedEnd | ObservedRunEnd>(
    work: {
      readonly id: string;
      readonly name: string;
      readonly kind: SpanKind;
      readonly attributes: Attributes;
    },
    parent: Context,
    next: () => Promise<End>,
    describe: (span: Span, end: End) => void,
  ): Promise<End> {
    const { id, name, kind, attributes } = work;
    const span = tracer.startSpan(name, { kind, attributes }, parent);
    open.add(id, span);
    const end = await context.with(trace.setSpan(parent, span), next);
    open.delete(id);
    if (span.isRecording()) {
      describeEnd(span, end);
      describe(span, end);
    }
    span.end();
    return end;
  }

  function describeCall(span: Span, call: ObservedCall, { anchorId, denial }: ObservedEnd): void {
    if (anchorId !== undefined) span.setAttribute(EATP.anchorId, anchorId);
    if (denial) span.setAttribute(EATP.denialCode, denial.code);
    span.setAttributes({ [EATP.taskId]: call.taskId, [EATP.action]: call.action });
    if (call.delegationId !== null) span.setAttribute(EATP.delegationId, call.delegationId);
  }

  return {
    async aroundRun(run: ObservedRun, next) {
      const attributes = {
        [GEN_AI.operation]: OPERATION.workflow,
        [GEN_AI.agentName]: run.pattern,
        [GEN_AI.conversationId]: run.taskId,
        [EATP.runId]: run.runId,
        [EATP.taskId]: run.taskId,
        [EATP.pattern]: run.pattern,
      };
      const name = `${OPERATION.workflow} ${run.pattern}`;
      const work = { id: run.runId, name, kind: SpanKind.INTERNAL, attributes };
      const end = await inSpan(work, open.parentOf(run.within), next, (span) => {
        if (writer) span.setAttribute(GEN_AI.inputMessages, writer.messages('user', run.input()));
      });
      instruments.agentEnded(end.durationMs, {
        [GEN_AI.operation]: OPERATION.workflow,
        [GEN_AI.agentName]: run.pattern,
        ...errorType(end),
      });
    },

    async aroundInvocation(call: ObservedInvocation, next) {
      const operation = PLANNING_METHODS.has(call.method) ? OPERATION.plan : OPERATION.agent;
      const attributes = {
        [GEN_AI.operation]: operation,
        [GEN_AI.agentName]: call.agentName,
        ...(call.isRemote && { [GEN_AI.provider]: PROVIDER, [GEN_AI.agentId]: call.agentId }),
        [EATP.invocationId]: call.invocationId,
        [EATP.agentId]: call.agentId,
        [EATP.method]: call.method,
        [EATP.isRemote]: call.isRemote,
        ...(call.runId !== null && { [EATP.runId]: call.runId }),
      };
      const kind = call.isRemote ? SpanKind.CLIENT : SpanKind.INTERNAL;
      const work = { id: call.invocationId, name: `${operation} ${call.agentName}`, kind, attributes };
      const end = await inSpan(work, parentOfCall(call), next, (span, ended) => {
        describeCall(span, call, ended);
        if (!writer) return;
        span.setAttribute(GEN_AI.inputMessages, writer.messages('user', call.input()));
        if (ended.outcome === 'success')
          span.setAttribute(GEN_AI.outputMessages, writer.messages('assistant', ended.output()));
      });
      instruments.agentEnded(end.durationMs, {
        [GEN_AI.operation]: operation,
        [GEN_AI.agentName]: call.agentName,
        [EATP.isRemote]: call.isRemote,
        ...errorType(end),
      });
      instruments.verified(end);
    },

    async aroundTool(call: ObservedTool, next) {
      const attributes = {
        [GEN_AI.operation]: OPERATION.tool,
        [GEN_AI.toolName]: call.tool,
        [GEN_AI.toolType]: 'function',
        [GEN_AI.agentName]: call.agentName,
        [EATP.invocationId]: call.invocationId,
        [EATP.agentId]: call.agentId,
        ...(call.effects && { [EATP.effects]: call.effects }),
        ...(call.runId !== null && { [EATP.runId]: call.runId }),
      };
      const work = {
        id: call.invocationId,
        name: `${OPERATION.tool} ${call.tool}`,
        kind: SpanKind.INTERNAL,
        attributes,
      };
      const end = await inSpan(work, parentOfCall(call), next, (span, ended) => {
        describeCall(span, call, ended);
        if (!writer) return;
        span.setAttribute(GEN_AI.toolArguments, writer.text(call.input()));
        if (ended.outcome === 'success') span.setAttribute(GEN_AI.toolResult, writer.text(ended.output()));
      });
      instruments.toolEnded(end.durationMs, {
        [GEN_AI.toolName]: call.tool,
        [GEN_AI.agentName]: call.agentName,
        ...errorType(end),
      });
      instruments.verified(end);
    },

    on(event: RunEvent) {
      const run = open.get(event.runId);
      if (event.type === 'recorded') {
        const { anchor } = event;
        logAnchor(logger, event.runId, anchor, writer);
        if (run?.isRecording() && contextText(anchor, 'invocation_id') === undefined)
          run.addEvent(EVENT.anchor, anchorAttributes(event.runId, anchor));
      } else if (event.type === 'delegated' && run?.isRecording()) {
        const { from, to, delegation } = event;
        run.addEvent(EVENT.delegation, {
          [EATP.delegationId]: delegation.id,
          [EATP.delegator]: from,
          [EATP.delegatee]: to,
        });
      } else if (event.type === 'denied' && run?.isRecording()) {
        run.addEvent(EVENT.denial, {
          [EATP.agentId]: event.agentId,
          [EATP.action]: event.action,
          [EATP.denialCode]: event.denial.code,
        });
      }
    },

    trace: activeTrace,
  };

  function parentOfCall({ within, runId, trace: given }: ObservedCall): Context {
    return open.parentOf(within ?? runId ?? undefined, given);
  }
}

const errorType = ({ code }: { readonly code?: string }): Attributes =>
  code === undefined ? {} : { [GEN_AI.errorType]: code };

function describeEnd(span: Span, end: ObservedEnd | ObservedRunEnd): void {
  if (end.unenforcedConstraints.length > 0)
    span.setAttribute(EATP.unenforced, [...end.unenforcedConstraints]);
  if (end.outcome === 'success') return;
  span.setAttributes({ ...errorType(end), [EATP.outcome]: end.outcome });
  span.setStatus({ code: SpanStatusCode.ERROR, message: redactText(end.message ?? '') });
}
