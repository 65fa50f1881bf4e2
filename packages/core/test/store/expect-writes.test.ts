import { expectWrites, type StoreWrite } from '@kaizen-eatp/core/store';
import { describe, expect, it } from 'vitest';
import { add, append, entry, intent, next, putAuthority, putChain, revoke } from './records.js';

const WRITES: readonly StoreWrite[] = [
  putAuthority('org-acme', '{}'),
  putChain('agent-bob', '{}', '1'),
  { op: 'deactivate_chain', agentId: 'agent-bob', at: '2026-01-02T03:04:05+00:00' },
  add('del-1', { runId: 'run-1', person: 'person-1' }),
  { op: 'accept_delegation', delegationId: 'del-1' },
  { op: 'close_delegations', runId: 'run-1' },
  { op: 'close_delegations', taskId: 'task-1', delegatorId: 'agent-bob' },
  revoke('person', 'person-1'),
  { op: 'open_intent', intent: intent('run-1/1') },
  append(next('run-1', 'a'), 'run-1/1'),
  { op: 'put_disclosure', disclosure: { digest: 'd', person: 'person-1', salt: 's', text: '{}' } },
  { op: 'erase_person', person: 'person-1' },
];

describe('expectWrites', () => {
  it('copies every kind of write, and nothing that a write does not have', () => {
    const copies = expectWrites(WRITES.map((write) => ({ ...write, stray: 1 }) as unknown as StoreWrite));
    expect(copies).toEqual(WRITES);
    for (const [i, copy] of copies.entries()) expect(copy).not.toBe(WRITES[i]);
  });

  it('reads every field once, and calls no method of the list', () => {
    let reads = 0;
    const hostile = {
      ...entry('del-1'),
      get taskId() {
        reads += 1;
        return reads === 1 ? 'task-1' : 'task-2';
      },
    };
    const writes = [{ op: 'add_delegation', entry: hostile }] as StoreWrite[];
    writes.map = () => [putChain('agent-mallory', '{}')] as never;
    writes[Symbol.iterator] = () => [putChain('agent-mallory', '{}')][Symbol.iterator]();
    expect(expectWrites(writes)).toEqual([add('del-1')]);
    expect(reads).toBe(1);
  });

  it.each<[string, unknown, RegExp]>([
    ['an unknown kind', { op: 'drop_table' }, /`a write` cannot be stored/],
    ['no kind', null, /`a write`/],
    ['an inherited kind', { op: 'toString' }, /`a write`/],
    ['no record', { op: 'open_intent' }, /`open_intent.intent`.*a record/],
    ['a missing field', { op: 'erase_person' }, /`erase_person.person`.*undefined/],
    ['a field of another type', { ...putChain('a', '{}'), text: 5 }, /`put_chain.text`/],
    ['an attempt below 1', { op: 'open_intent', intent: intent('i', { attempt: 0 }) }, /intent.attempt/],
    ['a status that there is not', add('del-1', { status: 'for ever' as never }), /one of offered, in_force/],
    ['a run and a task', { op: 'close_delegations', runId: 'r', taskId: 't' }, /must name a run, or a task/],
    ['a task without a delegator', { op: 'close_delegations', taskId: 't' }, /must name a run, or a task/],
    ['neither', { op: 'close_delegations' }, /must name a run, or a task/],
    ['a text with U+0000', { ...putChain('a', '\0') }, /without U\+0000/],
  ])('refuses a write with %s', (_, write, message) => {
    expect(() => expectWrites([write as StoreWrite])).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.stringMatching(message) }) as Error,
    );
  });
});
