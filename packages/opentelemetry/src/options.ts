import { parseOptions } from '@kaizen-eatp/core/plugin';
import { logs, type MeterProvider, metrics, type TracerProvider, trace } from '@opentelemetry/api';
import { z } from 'zod';

type LoggerProvider = Pick<typeof logs, 'getLogger'>;

/** Options of {@link openTelemetry}. */
export interface OpenTelemetryOptions {
  /** The provider of the tracer. Default: the one that the application has registered. */
  readonly tracerProvider?: TracerProvider;
  /** The provider of the meter. Default: the one that the application has registered by now. */
  readonly meterProvider?: MeterProvider;
  /** The provider of the logger. Default: the one that the application has registered by now. */
  readonly loggerProvider?: LoggerProvider;
  /**
   * Whether spans contain inputs and outputs of agents and tools, and log records the signed details of anchors. Known
   * forms of secrets are redacted. Default: false.
   */
  readonly content?: boolean;
  /** Changes content before it is exported, in addition to the redaction of secrets. Default: no change. */
  readonly redact?: (text: string) => string;
  /** The longest content of one attribute, in characters. Longer content is cut. Default: 8192. */
  readonly maxContentLength?: number;
}

/** The options with their defaults. */
export type Settings = Required<OpenTelemetryOptions>;

const provider = <Provider>(method: string) =>
  z.custom<Provider>(
    (value) =>
      typeof value === 'object' &&
      value !== null &&
      typeof (value as Record<string, unknown>)[method] === 'function',
    `a provider with the method ${method}`,
  );

const options = z.strictObject({
  tracerProvider: provider<TracerProvider>('getTracer').optional(),
  meterProvider: provider<MeterProvider>('getMeter').optional(),
  loggerProvider: provider<LoggerProvider>('getLogger').optional(),
  content: z.boolean().optional(),
  redact: z.custom<(text: string) => string>((value) => typeof value === 'function', 'a function').optional(),
  maxContentLength: z.number().int().min(1).optional(),
});

/** @throws InvalidArgumentError. */
export function parseSettings(given: OpenTelemetryOptions): Settings {
  const parsed = parseOptions(options, given, 'openTelemetry()');
  return {
    tracerProvider: parsed.tracerProvider ?? trace.getTracerProvider(),
    meterProvider: parsed.meterProvider ?? metrics.getMeterProvider(),
    loggerProvider: parsed.loggerProvider ?? logs.getLoggerProvider(),
    content: parsed.content ?? false,
    redact: parsed.redact ?? ((text) => text),
    maxContentLength: parsed.maxContentLength ?? 8192,
  };
}
