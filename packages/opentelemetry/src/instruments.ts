import type { ObservedEnd } from '@kaizen-eatp/core/plugin';
import type { Attributes, Histogram, MeterProvider } from '@opentelemetry/api';
import { EATP, METRIC, SCOPE } from './conventions.js';

/** The bounds of the durations of agents and tools, in seconds. */
const WORK_BUCKETS = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];
/** The bounds of the durations of verifications and revocations, in seconds. */
const GUARD_BUCKETS = [0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 5];

/** The metrics of runs. */
export class Instruments {
  readonly #agent: Histogram;
  readonly #tool: Histogram;
  readonly #verificationDuration: Histogram;
  readonly #revocationDelay: Histogram;
  readonly #verifications;
  /** Whether an SDK collects the metrics: without one, the API gives the same empty instrument each time. */
  readonly areCollected: boolean;

  constructor(provider: MeterProvider) {
    const meter = provider.getMeter(SCOPE);
    const seconds = (name: string, description: string, buckets: number[]): Histogram =>
      meter.createHistogram(name, {
        unit: 's',
        description,
        advice: { explicitBucketBoundaries: buckets },
      });
    this.#agent = seconds(METRIC.agentDuration, 'Duration of runs and agent invocations', WORK_BUCKETS);
    this.#tool = seconds(METRIC.toolDuration, 'Duration of tool calls', WORK_BUCKETS);
    this.#verificationDuration = seconds(
      METRIC.verificationDuration,
      'Duration of verifications',
      GUARD_BUCKETS,
    );
    this.#revocationDelay = seconds(
      METRIC.revocationDelay,
      'Time from a revocation to the recorded end of the work that it stopped',
      GUARD_BUCKETS,
    );
    this.areCollected = this.#agent !== this.#tool;
    this.#verifications = meter.createCounter(METRIC.verifications, { description: 'Verified actions' });
  }

  /** Records the duration of a run or an invocation. */
  agentEnded(durationMs: number, attributes: Attributes): void {
    this.#agent.record(durationMs / 1000, attributes);
  }

  /** Records the duration of a tool call. */
  toolEnded(durationMs: number, attributes: Attributes): void {
    this.#tool.record(durationMs / 1000, attributes);
  }

  /** Records the verification of an invocation or a tool call, and the delay of a revocation that stopped it. */
  verified({ denial, verificationMs, revokedAt }: ObservedEnd): void {
    if (verificationMs !== undefined) {
      const verdict: Attributes = denial
        ? { [EATP.verdict]: 'denied', [EATP.denialCode]: denial.code }
        : { [EATP.verdict]: 'permitted' };
      this.#verifications.add(1, verdict);
      this.#verificationDuration.record(verificationMs / 1000, verdict);
    }
    if (revokedAt !== undefined) this.#revocationDelay.record(Math.max(0, Date.now() - revokedAt) / 1000);
  }
}
