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
  context,
  type Span,
  SpanKind,
  type SpanOptions,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { ContentWriter } from './content.js';
import { EATP, EVENT, GEN_AI, OPERATION, PLANNING_METHODS, PROVIDER, SCOPE } from './conventions.js';
import { Instruments } from './instruments.js';
import { anchorAttributes, contextText, logAnchor } from './log-records.js';
import { type OpenTelemetryOptions, parseSettings } from './options.js';
import { activeTrace, OpenSpans, type Place } from './parents.js';

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
  function inSpan<End extends ObservedEnd | ObservedRunEnd>(
    id: string,
    place: Place,
    next: () => Promise<End>,
    start: () => { readonly name: string; readonly options: SpanOptions },
    onEnd: (end: End, span: Span | undefined) => void,
  ): Promise<void> {
    const dropped = open.droppedAround(place);
    if (dropped) {
      open.add(id, dropped);
      return next().then((end) => {
        open.delete(id);
        onEnd(end, undefined);
      });
    }
    const parent = open.parentOf(place);
    const { name, options } = start();
    const span = tracer.startSpan(name, options, parent);
    open.add(id, span);
    return context.with(trace.setSpan(parent, span), next).then((end) => {
      open.delete(id);
      const isRecording = span.isRecording();
      if (isRecording) describeEnd(span, end);
      onEnd(end, isRecording ? span : undefined);
      span.end();
    });
  }

  function describeCall(span: Span, call: ObservedCall, { anchorId, denial }: ObservedEnd): void {
    if (anchorId !== undefined) span.setAttribute(EATP.anchorId, anchorId);
    if (denial) span.setAttribute(EATP.denialCode, denial.code);
    span.setAttributes({ [EATP.taskId]: call.taskId, [EATP.action]: call.action });
    if (call.delegationId !== null) span.setAttribute(EATP.delegationId, call.delegationId);
  }

  return {
    aroundRun(run: ObservedRun, next) {
      const { runId, taskId, pattern, within } = run;
      const start = () => ({
        name: `${OPERATION.workflow} ${pattern}`,
        options: {
          kind: SpanKind.INTERNAL,
          attributes: {
            [GEN_AI.operation]: OPERATION.workflow,
            [GEN_AI.agentName]: pattern,
            [GEN_AI.conversationId]: taskId,
            [EATP.runId]: runId,
            [EATP.taskId]: taskId,
            [EATP.pattern]: pattern,
          },
        },
      });
      return inSpan(runId, { enclosing: within }, next, start, (end, span) => {
        if (writer) span?.setAttribute(GEN_AI.inputMessages, writer.messages('user', run.input()));
        instruments.agentEnded(end.durationMs, {
          [GEN_AI.operation]: OPERATION.workflow,
          [GEN_AI.agentName]: pattern,
          ...errorType(end),
        });
      });
    },

    aroundInvocation(call: ObservedInvocation, next) {
      const operation = PLANNING_METHODS.has(call.method) ? OPERATION.plan : OPERATION.agent;
      const start = () => ({
        name: `${operation} ${call.agentName}`,
        options: {
          kind: call.isRemote ? SpanKind.CLIENT : SpanKind.INTERNAL,
          attributes: {
            [GEN_AI.operation]: operation,
            [GEN_AI.agentName]: call.agentName,
            ...(call.isRemote && { [GEN_AI.provider]: PROVIDER, [GEN_AI.agentId]: call.agentId }),
            [EATP.invocationId]: call.invocationId,
            [EATP.agentId]: call.agentId,
            [EATP.method]: call.method,
            [EATP.isRemote]: call.isRemote,
            ...(call.runId !== null && { [EATP.runId]: call.runId }),
          },
        },
      });
      return inSpan(call.invocationId, placeOf(call), next, start, (end, span) => {
        if (span) {
          describeCall(span, call, end);
          if (writer) {
            span.setAttribute(GEN_AI.inputMessages, writer.messages('user', call.input()));
            if (end.outcome === 'success')
              span.setAttribute(GEN_AI.outputMessages, writer.messages('assistant', end.output()));
          }
        }
        instruments.agentEnded(end.durationMs, {
          [GEN_AI.operation]: operation,
          [GEN_AI.agentName]: call.agentName,
          [EATP.isRemote]: call.isRemote,
          ...errorType(end),
        });
        instruments.verified(end);
      });
    },

    aroundTool(call: ObservedTool, next) {
      const start = () => ({
        name: `${OPERATION.tool} ${call.tool}`,
        options: {
          kind: SpanKind.INTERNAL,
          attributes: {
            [GEN_AI.operation]: OPERATION.tool,
            [GEN_AI.toolName]: call.tool,
            [GEN_AI.toolType]: 'function',
            [GEN_AI.agentName]: call.agentName,
            [EATP.invocationId]: call.invocationId,
            [EATP.agentId]: call.agentId,
            ...(call.effects && { [EATP.effects]: call.effects }),
            ...(call.runId !== null && { [EATP.runId]: call.runId }),
          },
        },
      });
      return inSpan(call.invocationId, placeOf(call), next, start, (end, span) => {
        if (span) {
          describeCall(span, call, end);
          if (writer) {
            span.setAttribute(GEN_AI.toolArguments, writer.text(call.input()));
            if (end.outcome === 'success') span.setAttribute(GEN_AI.toolResult, writer.text(end.output()));
          }
        }
        instruments.toolEnded(end.durationMs, {
          [GEN_AI.toolName]: call.tool,
          [GEN_AI.agentName]: call.agentName,
          ...errorType(end),
        });
        instruments.verified(end);
      });
    },

    events: ['recorded', 'delegated', 'denied'],

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

    // A run that the sampler dropped has no further spans, and where nothing collects metrics, nothing is left to see.
    watches: (runId) => instruments.areCollected || open.droppedAround({ enclosing: runId }) === undefined,
  };
}

const placeOf = ({ within, runId, trace: given }: ObservedCall): Place => ({
  enclosing: within ?? runId ?? undefined,
  given,
});

const errorType = ({ code }: { readonly code?: string }): Attributes =>
  code === undefined ? {} : { [GEN_AI.errorType]: code };

function describeEnd(span: Span, end: ObservedEnd | ObservedRunEnd): void {
  if (end.unenforcedConstraints.length > 0)
    span.setAttribute(EATP.unenforced, [...end.unenforcedConstraints]);
  if (end.outcome === 'success') return;
  span.setAttributes({ ...errorType(end), [EATP.outcome]: end.outcome });
  span.setStatus({ code: SpanStatusCode.ERROR, message: redactText(end.message ?? '') });
}
