import { type OpenTelemetryOptions, openTelemetry } from '@kaizen-eatp/opentelemetry';
import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { InMemoryLogRecordExporter, LoggerProvider, SimpleLogRecordProcessor } from '@opentelemetry/sdk-logs';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import {
  InMemorySpanExporter,
  type ReadableSpan,
  type Sampler,
  SimpleSpanProcessor,
  type SpanProcessor,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { onTestFinished } from 'vitest';

/** An SDK that keeps everything in memory, and an observer that reports to it. */
export function recorded(
  options: OpenTelemetryOptions & {
    readonly sampler?: Sampler;
    readonly also?: readonly SpanProcessor[];
  } = {},
) {
  const { sampler, also = [], ...more } = options;
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  onTestFinished(() => context.disable());
  const exporter = new InMemorySpanExporter();
  const tracerProvider = new TracerProvider({
    spanProcessors: [new SimpleSpanProcessor({ exporter }), ...also],
    ...(sampler && { sampler }),
  });
  const metricExporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({
    exporter: metricExporter,
    exportIntervalMillis: 3_600_000,
  });
  const meterProvider = new MeterProvider({ readers: [reader] });
  const logExporter = new InMemoryLogRecordExporter();
  const loggerProvider = new LoggerProvider({
    processors: [new SimpleLogRecordProcessor({ exporter: logExporter })],
  });
  onTestFinished(async () => {
    await Promise.all([tracerProvider.shutdown(), meterProvider.shutdown(), loggerProvider.shutdown()]);
  });
  return {
    observer: openTelemetry({ tracerProvider, meterProvider, loggerProvider, ...more }),
    tracerProvider,
    meterProvider,
    loggerProvider,
    spans: () => exporter.getFinishedSpans(),
    logs: () => logExporter.getFinishedLogRecords(),
    metrics: async () => {
      await meterProvider.forceFlush();
      return new Map(
        (metricExporter.getMetrics().at(-1)?.scopeMetrics ?? []).flatMap(({ metrics }) =>
          metrics.map((metric) => [metric.descriptor.name, metric] as const),
        ),
      );
    },
  };
}

/** The spans as an indented tree: `name kind outcome`. Spans whose parent was not exported are listed as orphans. */
export function treeOf(spans: readonly ReadableSpan[]): {
  readonly tree: string[];
  readonly orphans: string[];
} {
  const ids = new Set(spans.map((span) => span.spanContext().spanId));
  const orphans = spans
    .filter(({ parentSpanContext: parent }) => parent && !ids.has(parent.spanId))
    .map(({ name }) => name);
  const kinds = ['INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'];
  const tree: string[] = [];
  const visit = (parent: string | undefined, depth: number): void => {
    const children = spans
      .filter((span) => span.parentSpanContext?.spanId === parent)
      .sort((a, b) => a.startTime[0] - b.startTime[0] || a.startTime[1] - b.startTime[1]);
    for (const span of children) {
      const code = span.attributes['error.type'];
      tree.push(`${'  '.repeat(depth)}${span.name} ${kinds[span.kind]}${code ? ` ${code}` : ''}`);
      visit(span.spanContext().spanId, depth + 1);
    }
  };
  visit(undefined, 0);
  return { tree, orphans };
}

/** The trace of a span that the application itself has started. */
export const inOwnSpan = <T>(provider: TracerProvider, work: () => Promise<T>): Promise<T> =>
  provider.getTracer('app').startActiveSpan('request', async (span) => {
    try {
      return await context.with(trace.setSpan(context.active(), span), work);
    } finally {
      span.end();
    }
  });
