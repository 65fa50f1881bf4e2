import {
  type ConstraintEnvelope,
  type DelegationRecord,
  DIMENSIONS,
  hasNarrowedDimensions,
} from '../chain/index.js';
import {
  deepFreeze,
  isJsonObject,
  isNumberLiteral,
  type JsonObject,
  timestampToMillis,
} from '../wire/index.js';
import type { ActionFacts, LimitingRecord, LimitVerdict, RecordLimit } from './limit-facts.js';

/** Most delegations of a run have no limits at all. */
const NONE: readonly RecordLimit[] = Object.freeze([]);

/** Reads all limits of a record, other than its constraint labels and the capabilities that it names. */
export function readLimits(record: LimitingRecord): readonly RecordLimit[] {
  if ('activeConstraints' in record) return named('envelope', envelopeLimits(record));
  const limits = expiry(record.expiresAt);
  return 'delegatorId' in record
    ? named('delegation', [...limits, ...delegationLimits(record)])
    : named('capability', [...limits, ...capabilityScope(record.scope)]);
}

const named = (kind: string, limits: readonly RecordLimit[]): readonly RecordLimit[] =>
  limits.length === 0
    ? NONE
    : limits.map((limit) => ({ ...limit, name: `${kind}.${limit.name}`, value: deepFreeze(limit.value) }));

function expiry(expiresAt: string | null | undefined): RecordLimit[] {
  if (!expiresAt) return [];
  const end = timestampToMillis(expiresAt);
  const judge = ({ now }: ActionFacts): LimitVerdict =>
    now <= end ? 'met' : { violated: `the record expired at ${expiresAt}` };
  return [{ name: 'expires_at', value: expiresAt, judge }];
}

/** The parts of a capability's scope, such as `scope.tables`. No meaning is defined for them. */
function capabilityScope(scope: unknown): RecordLimit[] {
  if (scope === undefined || scope === null) return [];
  return isJsonObject(scope)
    ? Object.entries(scope).map(([key, value]) => unenforceable(`scope.${key}`, value))
    : [unenforceable('scope', scope)];
}

function envelopeLimits(envelope: ConstraintEnvelope): RecordLimit[] {
  return envelope.activeConstraints.some((c) => c.constraintType === 'reasoning_required')
    ? [{ name: 'reasoning_required', value: true, judge: judgeReasoning }]
    : [];
}

function delegationLimits(record: DelegationRecord): RecordLimit[] {
  return [
    ...dimensionScope(record),
    ...membersOf('constraints', record.constraints, CONSTRAINTS),
    ...membersOf('resource_limits', record.resourceLimits, RESOURCE_LIMITS),
    ...membersOf('scope', record.scope, SCOPE),
    // The record has room for one signature only, so it cannot show whether a quorum signed.
    ...(record.multiSig ? [unenforceable('multi_sig_policy', record.multiSigPolicy)] : []),
  ];
}

function dimensionScope(record: DelegationRecord): readonly RecordLimit[] {
  if (!record.dimensionScope || !hasNarrowedDimensions(record)) return NONE;
  const scope: readonly string[] = record.dimensionScope ?? DIMENSIONS;
  const judge = ({ dimensions }: ActionFacts): LimitVerdict => {
    if (!dimensions) return 'unknown';
    const outside = dimensions.find((dimension) => !scope.includes(dimension));
    return outside === undefined ? 'met' : { violated: `the delegation does not extend to '${outside}'` };
  };
  return [{ name: 'dimension_scope', value: scope, judge }];
}

type Reader = (
  value: unknown,
) => ((facts: ActionFacts) => LimitVerdict) | Pick<RecordLimit, 'judge' | 'endsAt'> | undefined;

/** The limits among the members of an object. A member that is not in the table is reported: it could mean anything. */
function membersOf(
  place: string,
  object: JsonObject | null | undefined,
  table: Readonly<Record<string, Reader>>,
): readonly RecordLimit[] {
  if (!object) return NONE;
  return Object.entries(object).flatMap(([member, value]) => {
    const name = `${place}.${member}`;
    if (!Object.hasOwn(table, member)) return [unenforceable(name, value)];
    const limit = table[member]?.(value);
    if (!limit) return [];
    return [{ name, value, ...(typeof limit === 'function' ? { judge: limit } : limit) }];
  });
}

const CONSTRAINTS: Readonly<Record<string, Reader>> = {
  allow_code_execution: unlessTrue(whenActing(() => 'unknown')),
  allow_filesystem: unlessTrue(whenActing(() => 'unknown')),
  allow_network: unlessTrue(whenActing(() => 'unknown')),
  allow_delegation: unlessTrue(({ kind }) =>
    kind === 'delegate' ? { violated: 'the record does not allow delegating' } : 'met',
  ),
  allow_state_mutation: unlessTrue(
    whenActing(({ tool, effects }) =>
      effects === 'read' || (tool === undefined && effects === undefined)
        ? 'met'
        : { violated: `only a tool that declares effects: 'read' is allowed` },
    ),
  ),
  allowed_tools: (tools) =>
    Array.isArray(tools)
      ? whenActing(({ tool }) =>
          tool === undefined || tools.includes(tool)
            ? 'met'
            : { violated: `the record does not allow tool '${tool}'` },
        )
      : undefined,
  max_context_tokens: atMost((facts) => facts.contextTokens),
  reasoning_required: (isRequired) => (isRequired === true ? judgeReasoning : undefined),
};

const RESOURCE_LIMITS: Readonly<Record<string, Reader>> = {
  max_execution_secs: (value) => {
    const millis = numberOf(value) * 1000;
    return {
      judge: judgeAtMost(millis, (facts) => facts.elapsedMs),
      endsAt: (startedAt) => (Number.isNaN(millis) ? startedAt : startedAt + millis),
    };
  },
  max_llm_calls: atMost((facts) => facts.llmCalls),
  max_tool_calls: (value) => {
    const judge = judgeAtMost(numberOf(value), (facts) => facts.toolCalls);
    return whenActing((facts) => (facts.tool === undefined ? 'met' : judge(facts)));
  },
  max_total_tokens: atMost((facts) => facts.totalTokens),
};

/** The actions of an invocation itself; each action within it is judged under its own name. */
const PROTOCOL_ACTIONS = ['execute', 'orchestration_participation'];

const SCOPE: Readonly<Record<string, Reader>> = {
  domain: (domain) =>
    domain === ''
      ? undefined
      : whenActing((facts) => {
          if (facts.domain === undefined) return 'unknown';
          return facts.domain === domain ? 'met' : { violated: `the delegation is for domain '${domain}'` };
        }),
  max_financial_cents: (value) =>
    value === null ? undefined : atMost((facts) => facts.financialCents)(value),
  operations: (operations) =>
    Array.isArray(operations) && operations.length > 0
      ? whenActing(({ action, tool, method, effects }) =>
          PROTOCOL_ACTIONS.includes(action) ||
          operations.some((o) => covers(o, action) || o === tool || o === method || o === effects)
            ? 'met'
            : { violated: `'${action}' is not among the operations of the delegation` },
        )
      : undefined,
};

const covers = (operation: unknown, action: string): boolean =>
  typeof operation === 'string' &&
  (operation === action || (operation.endsWith('*') && action.startsWith(operation.slice(0, -1))));

const unenforceable = (name: string, value: unknown): RecordLimit => ({
  name,
  value,
  judge: whenActing(() => 'unknown'),
});

function judgeReasoning({ hasReasoning }: ActionFacts): LimitVerdict {
  if (hasReasoning === undefined) return 'unknown';
  return hasReasoning ? 'met' : { violated: 'a reasoning trace is required' };
}

function unlessTrue(judge: (facts: ActionFacts) => LimitVerdict): Reader {
  return (isAllowed) => (isAllowed === true ? undefined : judge);
}

/** Delegating is not yet an action: each action of the delegatee is judged when it happens, under the same records. */
function whenActing(judge: (facts: ActionFacts) => LimitVerdict): (facts: ActionFacts) => LimitVerdict {
  return (facts) => (facts.kind === 'delegate' ? 'met' : judge(facts));
}

function atMost(used: (facts: ActionFacts) => number | undefined): Reader {
  return (value) => whenActing(judgeAtMost(numberOf(value), used));
}

function judgeAtMost(
  limit: number,
  used: (facts: ActionFacts) => number | undefined,
): (facts: ActionFacts) => LimitVerdict {
  return (facts) => {
    const amount = used(facts);
    if (Number.isNaN(limit)) return { violated: 'the limit is not a whole number' };
    if (amount === undefined) return 'unknown';
    return amount <= limit ? 'met' : { violated: `${amount} is more than ${limit}` };
  };
}

/**
 * Returns a limit as the whole number that it must be, or NaN, since the reference does not check the values in a
 * record.
 */
function numberOf(value: unknown): number {
  const number = isNumberLiteral(value) ? Number(value.rawJSON) : value;
  return typeof number === 'number' && Number.isInteger(number) && number >= 0 ? number : Number.NaN;
}

const membersIn = (place: string, table: object): string[] =>
  Object.keys(table).map((member) => `delegation.${place}.${member}`);

/** The names of all limits that a record can set. The documentation lists each of them. */
export const LIMIT_NAMES: readonly string[] = Object.freeze([
  'capability.expires_at',
  'capability.scope',
  'delegation.expires_at',
  'delegation.dimension_scope',
  ...membersIn('constraints', CONSTRAINTS),
  ...membersIn('resource_limits', RESOURCE_LIMITS),
  ...membersIn('scope', SCOPE),
  'delegation.multi_sig_policy',
  'envelope.reasoning_required',
]);
