import type {
  CapabilityAttestation,
  ConstraintEnvelope,
  DelegationRecord,
  Dimension,
} from '../chain/index.js';
import type { ConstraintFacts } from './constraint-request.js';

/** A signed record that can limit an action by more than its constraint labels. */
export type LimitingRecord = CapabilityAttestation | DelegationRecord | ConstraintEnvelope;

/**
 * The facts about an action that are known when the other limits of its records are judged, in addition to those that
 * evaluators see. A fact that is absent is not known.
 */
export interface ActionFacts extends ConstraintFacts {
  /** Whether the agent acts itself or delegates to another one. */
  readonly kind: 'act' | 'delegate';
  /** The dimensions that the action touches, if something declares them. */
  readonly dimensions?: readonly Dimension[] | undefined;
  /** Whether the action or delegation comes with a reasoning trace. */
  readonly hasReasoning?: boolean | undefined;
  /** The tool calls made under the record so far, including this one. */
  readonly toolCalls?: number | undefined;
  /** The model calls made under the record so far, including this one. */
  readonly llmCalls?: number | undefined;
  /** The tokens used under the record so far. */
  readonly totalTokens?: number | undefined;
  /** The tokens in the agent's context. */
  readonly contextTokens?: number | undefined;
  /** Milliseconds since work under the record began. */
  readonly elapsedMs?: number | undefined;
  /** The amount that the action spends, in cents. */
  readonly financialCents?: number | undefined;
  /** The domain in which the action happens. */
  readonly domain?: string | undefined;
}

/** One limit of one record. */
export interface RecordLimit {
  /** Its place in the record, in the spelling of the wire, such as `delegation.resource_limits.max_tool_calls`. */
  readonly name: string;
  /** The value in the record, for evaluators that enforce what core itself cannot. */
  readonly value: unknown;
  /** Judges an action by the limit. */
  judge(facts: ActionFacts): LimitVerdict;
  /**
   * Returns when the limit ends all work under its record, in milliseconds since the epoch; absent for a limit that
   * ends none. @param startedAt - when work under the record began.
   */
  endsAt?(startedAt: number): number;
}

/** The judgement of one limit: 'unknown' if the facts do not decide it, or the reason why they violate it. */
export type LimitVerdict =
  | 'met'
  | 'unknown'
  | {
      /** The reason why the facts violate the limit. */
      readonly violated: string;
    };
