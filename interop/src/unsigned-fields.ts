import { isJsonObject, type JsonValue } from '@kaizen-eatp/core/records';
import type { SingleChange } from './single-changes.ts';

/** Returns why no signature covers a change of a stored record, or undefined if one does. */
export type WhyUnsigned = (change: SingleChange) => string | undefined;

interface Rule {
  readonly reason: string;
  readonly applies: (change: SingleChange & { readonly field: string }) => boolean;
}

/** Whether a value is empty, so that omitting it means the same. */
const isNothing = (value: JsonValue): boolean =>
  value === null ||
  (Array.isArray(value) && value.length === 0) ||
  (isJsonObject(value) && Object.keys(value).length === 0);

/** Values that are users' own: everything in them is signed, even a null. */
const FREE_VALUE = /(^|\.)(metadata|context|evidence\[\]|capabilities\[\]\.scope)$/;
const IN_FREE_VALUE = /(^|\.)(metadata|context|evidence\[\]|capabilities\[\]\.scope)\./;

const matches =
  (pattern: RegExp): Rule['applies'] =>
  ({ field }) =>
    pattern.test(field);

const COMMON: readonly Rule[] = [
  {
    reason: 'a field that the reference does not know is carried along and means nothing to it',
    applies: ({ how, field }) => how === 'key added' && !IN_FREE_VALUE.test(field) && !FREE_VALUE.test(field),
  },
  {
    reason: 'a reasoning trace may be withheld; its hash stays signed',
    applies: ({ how, field }) => how === 'removed' && /(^|\.)reasoning_trace$/.test(field),
  },
];

const CHAIN: readonly Rule[] = [
  ...COMMON,
  {
    reason: 'there is one algorithm; its name is informative',
    applies: matches(/^genesis\.signature_algorithm$/),
  },
  { reason: 'computed again from the records', applies: matches(/^chain_hash$/) },
  {
    reason: 'computed again from the constraints',
    applies: matches(/^constraint_envelope\.constraint_hash$/),
  },
  { reason: 'the envelope is a derived cache; only its constraints are signed', applies: isEnvelopeName },
  {
    reason: 'says where a constraint came from, for people',
    applies: ({ how, field }) =>
      /active_constraints\[\]\.priority$/.test(field) ||
      (how !== 'removed' && /active_constraints\[\]\.source$/.test(field)),
  },
  {
    reason: 'the human origin is in no signed form of a delegation',
    applies: matches(/^delegations\[\]\.human_origin/),
  },
  {
    reason: 'the path is reported only; who gave what to whom is signed in each record',
    applies: matches(/^delegations\[\]\.delegation_(chain|depth)/),
  },
  {
    reason: 'an absent field of a record is the same as an empty one',
    applies: ({ how, field, before }) =>
      how === 'removed' &&
      isNothing(before) &&
      !IN_FREE_VALUE.test(field) &&
      !/\.(constraints|capabilities_delegated|constraint_subset|scope|value)$/.test(field),
  },
  {
    reason: 'the oldest form is what an absent version means',
    applies: ({ how, field, before }) =>
      how === 'removed' && before === 'legacy-python-v0' && field === 'delegations[].signing_payload_version',
  },
];

/** The envelope's own names, not those inside its constraints. */
function isEnvelopeName({ field, how }: { field: string; how: string }): boolean {
  return how !== 'removed' && /^constraint_envelope\.(id|agent_id)$/.test(field);
}

const ANCHOR: readonly Rule[] = [
  ...COMMON,
  {
    reason: 'an unsigned copy; the signed one is in the context',
    applies: ({ how, field }) =>
      field === 'human_origin' || (how !== 'removed' && field.startsWith('human_origin.')),
  },
  {
    reason: 'has a signature of its own, which is not the one asked about',
    applies: matches(/^reasoning_(trace|signature)(\.|$)/),
  },
  {
    reason: 'an absent field of a record is the same as an empty one',
    applies: ({ how, field, before }) => how === 'removed' && isNothing(before) && !IN_FREE_VALUE.test(field),
  },
];

const judge =
  (rules: readonly Rule[]): WhyUnsigned =>
  (change) => {
    const field = change.path.replaceAll(/\[\d+\]/g, '[]');
    return rules.find((rule) => rule.applies({ ...change, field }))?.reason;
  };

/** For a stored chain whose delegations are of the form `legacy-python-v0`. */
export const whyUnsignedInChain: WhyUnsigned = judge(CHAIN);

/** For an audit anchor. */
export const whyUnsignedInAnchor: WhyUnsigned = judge(ANCHOR);

/** For a chain whose delegations are of the cross-SDK forms, which sign neither the task nor the labels. */
export const whyUnsignedInStructuredChain: WhyUnsigned = judge([
  ...CHAIN,
  {
    reason:
      'not part of the cross-SDK forms; the labels are signed in the capabilities derived from the delegation',
    applies: ({ how, field }) =>
      how !== 'removed' && /^delegations\[\]\.(task_id|constraint_subset)/.test(field),
  },
  {
    reason: 'signers are compared without regard to case',
    applies: ({ how, field }) => how === 'case' && /authorized_signers\[\]$/.test(field),
  },
]);

/** For the reference's verdict on a chain whose delegations were made here. */
export const whyUnsignedToReference: WhyUnsigned = judge([
  ...CHAIN,
  {
    reason: 'the reference does not know what the id of a delegation is a digest of; here it is checked',
    applies: matches(/^delegations\[\]\.(run_id|invocation_id|person|nonce)$/),
  },
]);
