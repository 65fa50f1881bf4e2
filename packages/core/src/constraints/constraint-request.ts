import { frozenContext } from './frozen-context.js';

/** The effects of a tool on the world, as the tool declares them. */
export type Effects = 'read' | 'write';

/**
 * The question that an evaluator is asked: whether an agent under this label is allowed to act. It is a frozen copy, so
 * an evaluator cannot change anything through it.
 */
export interface ConstraintRequest {
  /** The label as it was signed. */
  readonly label: string;
  /** The action that the agent needs a capability for. */
  readonly action: string;
  /** The thing that the action is applied to, for instance `tool:pay`. */
  readonly resource: string | undefined;
  /**
   * Whether the guard asks, immediately before the action. False for `verify()` alone, which answers without knowing
   * the input, tool or method, and gives the verdict that the Python reference gives.
   */
  readonly guarded: boolean;
  /** The method of the agent that is about to be called; absent outside the guard and for tool calls. */
  readonly method: string | undefined;
  /** The name of the tool that is about to be called; absent for an invocation. */
  readonly tool: string | undefined;
  /** The effects that the tool declares; absent if it declares none. */
  readonly effects: Effects | undefined;
  /** The input of the invocation or the arguments of the tool call, exactly as the agent or tool will get them. */
  readonly input: unknown;
  /** The agent that acts. */
  readonly agentId: string | undefined;
  /** The pseudonym of the person on whose behalf the agent acts. */
  readonly person: string | undefined;
  /** The ids of the people who approved exactly this act; empty if none did. */
  readonly approvedBy: readonly string[];
  /** The number of delegations between the first agent and this one; 0 for an agent that acts by its own right. */
  readonly depth: number | undefined;
  /**
   * The value of the limit, if `label` is not a label but the name of another limit of a signed record, such as
   * `capability.scope.tables`.
   */
  readonly limit: unknown;
  /** Facts about the action that the caller gave, for instance `contains_pii`. Dates are given as timestamps. */
  readonly context: Readonly<Record<string, unknown>>;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** The facts about an action that are known when its constraints are evaluated: a request without its label. */
export interface ConstraintFacts {
  /** See {@link ConstraintRequest.action}. */
  readonly action: string;
  /** See {@link ConstraintRequest.resource}. */
  readonly resource?: string | undefined;
  /** See {@link ConstraintRequest.guarded}. Default: false. */
  readonly guarded?: boolean | undefined;
  /** See {@link ConstraintRequest.method}. */
  readonly method?: string | undefined;
  /** See {@link ConstraintRequest.tool}. */
  readonly tool?: string | undefined;
  /** See {@link ConstraintRequest.effects}. */
  readonly effects?: Effects | undefined;
  /**
   * Returns a frozen copy of the input. It is called at most once for each evaluator, and only if the evaluator reads
   * `input`: in most steps none does.
   */
  readonly readInput?: (() => unknown) | undefined;
  /** See {@link ConstraintRequest.agentId}. */
  readonly agentId?: string | undefined;
  /** See {@link ConstraintRequest.person}. */
  readonly person?: string | undefined;
  /** See {@link ConstraintRequest.approvedBy}. Default: none. */
  readonly approvedBy?: readonly string[] | undefined;
  /** See {@link ConstraintRequest.depth}. */
  readonly depth?: number | undefined;
  /** See {@link ConstraintRequest.limit}. */
  readonly limit?: unknown;
  /** See {@link ConstraintRequest.context}. Copied when the first evaluator is asked. */
  readonly context?: Readonly<Record<string, unknown>> | undefined;
  /** See {@link ConstraintRequest.now}. */
  readonly now: number;
}

const NOBODY: readonly string[] = Object.freeze([]);

/** Makes one request for each label from the same facts, and copies what they share only once. */
export class RequestMaker {
  #context: Readonly<Record<string, unknown>> | undefined;

  constructor(private readonly facts: ConstraintFacts) {}

  /** @throws UnsupportedValueError if the context holds a value that cannot be copied. */
  about(label: string): ConstraintRequest {
    const { action, resource, method, tool, effects, agentId, person, depth, limit, now } = this.facts;
    const { approvedBy = NOBODY } = this.facts;
    this.#context ??= frozenContext(this.facts.context);
    // Each evaluator gets its own copy: a Map, a Date or bytes cannot be frozen, and the next one must not see a changed one.
    let read: { readonly value: unknown } | undefined;
    const readInput = (): unknown => {
      read ??= { value: this.facts.readInput?.() };
      return read.value;
    };
    return Object.freeze({
      label,
      action,
      resource,
      guarded: this.facts.guarded === true,
      method,
      tool,
      effects,
      get input() {
        return readInput();
      },
      agentId,
      person,
      approvedBy,
      depth,
      limit,
      context: this.#context,
      now,
    });
  }
}
