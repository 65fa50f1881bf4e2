import { describe, InvalidArgumentError } from '../../errors/index.js';
import { DURABLE_RUN_STATES } from './durable-runs.js';
import { camelCase, type FieldKind, RECORD_FIELDS, type RecordFields } from './record-fields.js';
import { isStorableId, isStorableText, LONGEST_ID } from './storable-text.js';
import type { StoreWrite } from './store-write.js';

/** The fields of a write, and the record that it carries, if any. A field with a dash can be omitted. */
interface WriteForm {
  readonly fields: FieldList;
  readonly record: readonly [name: string, fields: FieldList] | undefined;
  /** A list that it carries: of records, or of ids where the fields are undefined. */
  readonly list: readonly [name: string, fields: FieldList | undefined] | undefined;
}

/** Lists, since every write of every step is copied by them. */
type FieldList = readonly (readonly [name: string, kind: FieldKind | 'id-'])[];

interface WrittenForm {
  readonly fields: Readonly<Record<string, FieldKind | 'id-'>>;
  readonly record?: readonly [name: string, fields: RecordFields];
  readonly list?: readonly [name: string, fields: RecordFields | undefined];
}

const camelFields = (fields: RecordFields): RecordFields =>
  Object.fromEntries(Object.entries(fields).map(([name, kind]) => [camelCase(name), kind]));

const ofRecord = (name: string, fields: RecordFields): readonly [string, RecordFields] => [
  name,
  camelFields(fields),
];

const WRITTEN: Readonly<Record<StoreWrite['op'], WrittenForm>> = {
  put_authority: { fields: { ...camelFields(RECORD_FIELDS.authority), ifVersion: 'text?' } },
  put_chain: { fields: { ...camelFields(RECORD_FIELDS.chain), authorityId: 'id', ifVersion: 'text?' } },
  deactivate_chain: { fields: { agentId: 'id', at: 'text' } },
  add_delegation: { fields: {}, record: ofRecord('entry', RECORD_FIELDS.delegation) },
  accept_delegation: { fields: { delegationId: 'id' } },
  close_delegations: { fields: { runId: 'id-', taskId: 'id-', delegatorId: 'id-' } },
  revoke: { fields: {}, record: ofRecord('revocation', RECORD_FIELDS.revocation) },
  append_statement: { fields: {}, record: ofRecord('entry', RECORD_FIELDS.statement) },
  open_intent: { fields: {}, record: ofRecord('intent', RECORD_FIELDS.intent) },
  retire_owner: { fields: { owner: 'text' } },
  append_anchor: { fields: { closesIntent: 'id-' }, record: ofRecord('entry', RECORD_FIELDS.anchor) },
  put_disclosure: { fields: {}, record: ofRecord('disclosure', RECORD_FIELDS.disclosure) },
  erase_person: { fields: { person: 'id' } },
  add_run: { fields: {}, record: ofRecord('run', RECORD_FIELDS.run) },
  claim_run: { fields: { runId: 'id', owner: 'text', at: 'text' } },
  fence: { fields: { runId: 'id', owner: 'text' } },
  set_run_state: {
    fields: {
      ...{ runId: 'id', state: DURABLE_RUN_STATES, outcome: 'text?', note: 'text?', wakeAt: 'text?' },
      at: 'text',
    },
  },
  wake_run: { fields: { runId: 'id', at: 'text' } },
  cancel_run: { fields: { runId: 'id', cancel: 'text' } },
  record_steps: { fields: { runId: 'id' }, list: ofRecord('steps', RECORD_FIELDS.step) },
  record_order: { fields: { runId: 'id', first: 'count' }, list: ['delivered', undefined] },
  drop_run_content: { fields: { runId: 'id' } },
};

const FORMS: ReadonlyMap<string, WriteForm> = new Map(
  Object.entries(WRITTEN).map(([op, { fields, record, list }]) => [
    op,
    {
      fields: Object.entries(fields),
      record: record && [record[0], Object.entries(record[1])],
      list: list && [list[0], list[1] && Object.entries(list[1])],
    },
  ]),
);

/**
 * Copies the writes of a batch, reading every field once, and checks that every store can keep them. A store calls it
 * first in `commit` and uses only the copy.
 *
 * @throws InvalidArgumentError for a write with a wrong field, and for a string or an id that not every store keeps.
 */
export function expectWrites(writes: readonly StoreWrite[]): StoreWrite[] {
  const copies: StoreWrite[] = [];
  const { length } = writes;
  for (let i = 0; i < length; i++) copies.push(copyOf(writes[i] as StoreWrite));
  return copies;
}

function copyOf(write: StoreWrite): StoreWrite {
  const { op } = write ?? {};
  const form = FORMS.get(op);
  if (!form) throw notOfForm('a write', [...FORMS.keys()].join(', '), op);
  const copy: Record<string, unknown> = { op };
  copyFields(op, '', form.fields, write as unknown as Record<string, unknown>, copy);
  if (form.record) {
    const [name, fields] = form.record;
    const record = (write as unknown as Record<string, unknown>)[name];
    if (typeof record !== 'object' || record === null) throw notOfForm(`${op}.${name}`, 'a record', record);
    const into = {};
    copyFields(op, name, fields, record as Record<string, unknown>, into);
    copy[name] = into;
  }
  if (form.list) copy[form.list[0]] = copyList(op, form.list, write as unknown as Record<string, unknown>);
  if (op === 'close_delegations') expectOneForm(copy);
  return copy as unknown as StoreWrite;
}

function copyList(
  op: string,
  [name, fields]: NonNullable<WriteForm['list']>,
  write: Readonly<Record<string, unknown>>,
): readonly unknown[] {
  const given = write[name];
  if (!Array.isArray(given)) throw notOfForm(`${op}.${name}`, 'a list', given);
  return Array.from(given, (item: unknown) => {
    if (!fields) {
      if (!isOfKind('id', item)) throw notOfForm(`${op}.${name}`, wordsForKind('id'), item);
      return item;
    }
    if (typeof item !== 'object' || item === null) throw notOfForm(`${op}.${name}`, 'records', item);
    const into: Record<string, unknown> = {};
    copyFields(op, name, fields, item as Record<string, unknown>, into);
    return into;
  });
}

function copyFields(
  op: string,
  record: string,
  fields: FieldList,
  from: Readonly<Record<string, unknown>>,
  into: Record<string, unknown>,
): void {
  for (let i = 0; i < fields.length; i++) {
    const [name, kind] = fields[i] as FieldList[number];
    const value = from[name];
    if (kind === 'id-' && value === undefined) continue;
    if (!isOfKind(kind, value))
      throw notOfForm(`${record ? `${op}.${record}` : op}.${name}`, wordsForKind(kind), value);
    into[name] = value;
  }
}

/** Whether a field can hold a value. */
export function isOfKind(kind: FieldKind | 'id-', value: unknown): boolean {
  if (typeof value === 'string') {
    if (kind === 'text' || kind === 'text?' || kind === 'moment?') return isStorableText(value);
    if (kind === 'id' || kind === 'id?' || kind === 'id-') return isStorableId(value);
    return typeof kind === 'object' && kind.includes(value);
  }
  if (value === null) return typeof kind === 'string' && kind.endsWith('?');
  if (kind === 'count') return Number.isSafeInteger(value) && (value as number) > 0;
  return kind === 'boolean' && typeof value === 'boolean';
}

/** Describes the values that a field can hold. */
export function wordsForKind(kind: FieldKind | 'id-'): string {
  if (typeof kind === 'object') return `one of ${kind.join(', ')}`;
  if (kind === 'count') return 'a whole number from 1';
  const orNull = kind.endsWith('?') ? ' or null' : '';
  if (kind.startsWith('id'))
    return `an id of up to ${LONGEST_ID} bytes, without U+0000 and lone surrogates${orNull}`;
  if (kind.startsWith('text')) return `a string without U+0000 and lone surrogates${orNull}`;
  return kind.replace('?', '') + orNull;
}

function expectOneForm({ runId, taskId, delegatorId }: Record<string, unknown>): void {
  const isOfRun = runId !== undefined && taskId === undefined && delegatorId === undefined;
  const isOfTask = runId === undefined && taskId !== undefined && delegatorId !== undefined;
  if (isOfRun || isOfTask) return;
  const given = Object.entries({ runId, taskId, delegatorId }).filter(([, id]) => id !== undefined);
  throw new InvalidArgumentError('`close_delegations` must name a run, or a task and a delegator', {
    expected: '{ runId } or { taskId, delegatorId }',
    received: `{ ${given.map(([name]) => name).join(', ')} }`,
    remedy: 'Nothing was written. Close the delegations of a run by its id alone.',
  });
}

const notOfForm = (what: string, expected: string, received: unknown): InvalidArgumentError =>
  new InvalidArgumentError(`\`${what}\` cannot be stored`, {
    expected,
    received: describe(received),
    remedy: 'Nothing was written. Correct the value, or choose another id.',
  });
