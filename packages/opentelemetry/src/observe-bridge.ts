import { describe, InvalidArgumentError } from '@kaizen-eatp/core/errors';
import { type MeterProvider, metrics, type ObservableResult } from '@opentelemetry/api';
import { EATP, METRIC, SCOPE } from './conventions.js';

/** The members of a `PythonBridge` of `@kaizen-eatp/bridge-python` that its metrics come from. */
export interface ObservedBridge {
  /** Listens to events. */
  on(type: 'joined' | 'left' | 'interrupted', listener: () => void): () => void;
  /** The counters so far. */
  readonly counters: {
    /** Logins refused, by code. */
    readonly refused: Readonly<Record<string, number>>;
    /** Violations of the protocol, by code. */
    readonly violations: Readonly<Record<string, number>>;
    /** Frames that arrived a second time. */
    readonly duplicates: number;
  };
}

/**
 * Turns the counters of a bridge to Python into metrics.
 *
 * @param meterProvider - default: the one that the application has registered.
 * @returns the function that ends this.
 * @throws InvalidArgumentError.
 */
export function observeBridge(bridge: ObservedBridge, meterProvider?: MeterProvider): () => void {
  if (typeof bridge?.on !== 'function' || typeof bridge.counters !== 'object') {
    throw new InvalidArgumentError('`bridge` must be a PythonBridge', {
      expected: 'a bridge with `on` and `counters`',
      received: describe(bridge),
      remedy: 'Pass the bridge that PythonBridge.listen() returned.',
    });
  }
  const meter = (meterProvider ?? metrics).getMeter(SCOPE);
  const agents = meter.createUpDownCounter(METRIC.bridgeAgents, {
    description: 'Python agents that can be called',
  });
  const interruptions = meter.createCounter(METRIC.bridgeInterruptions, { description: 'Lost connections' });
  const unlisten = [
    bridge.on('joined', () => agents.add(1)),
    bridge.on('left', () => agents.add(-1)),
    bridge.on('interrupted', () => interruptions.add(1)),
  ];
  const counters = [
    [
      METRIC.bridgeRefused,
      'Refused logins',
      (result: ObservableResult) => report(result, bridge.counters.refused),
    ],
    [
      METRIC.bridgeViolations,
      'Violations of the protocol',
      (result: ObservableResult) => report(result, bridge.counters.violations),
    ],
    [
      METRIC.bridgeDuplicates,
      'Frames that arrived again and were dropped',
      (result: ObservableResult) => result.observe(bridge.counters.duplicates),
    ],
  ] as const;
  const uncount = counters.map(([name, description, observe]) => {
    const counter = meter.createObservableCounter(name, { description });
    counter.addCallback(observe);
    return () => counter.removeCallback(observe);
  });
  return () => {
    for (const end of [...unlisten, ...uncount]) end();
  };
}

function report(result: ObservableResult, counts: Readonly<Record<string, number>>): void {
  for (const [code, count] of Object.entries(counts)) result.observe(count, { [EATP.code]: code });
}
