import { type DumpRow, examineRecords } from '@kaizen-eatp/core/store';
import { expect, it } from 'vitest';
import { copyOf, human, type Line, Site } from './site.js';

const TERMS = {
  ...{ delegatorId: 'agent-alice', delegateeId: 'agent-bob', taskId: 'for-good', capabilities: ['write'] },
  ...{ lasting: true, additionalConstraints: ['read_only'] },
} as const;

const statusSet =
  (id: string, status: string, more: Line = {}) =>
  (lines: Line[]): Line[] =>
    lines.map((line) => (line.delegation_id === id ? { ...line, ...more, status } : line));

it('knows an offer that was accepted, and learns of one that is offered or in force again', async () => {
  const site = await Site.create();
  const accepted = await site.trust.delegate(TERMS);
  const open = await site.trust.delegate({ ...TERMS, humanOrigin: human('dave') });
  const before = await site.trust.checkpoint();
  await site.trust.acceptDelegation({ delegationId: accepted.id, agentId: 'agent-bob' });
  const { note, findings } = await site.trust.checkpoint();
  expect([before.findings, findings]).toEqual([[], []]);
  expect((await site.trust.verifyCheckpoint(before.note)).findings).toEqual([]);
  const found = async (id: string, status: string) =>
    (await site.over(await copyOf(site.store, statusSet(id, status))).verifyCheckpoint(note)).findings.map(
      ({ code, subject }) => `${code} ${subject}`,
    );
  expect(await found(accepted.id, 'offered')).toEqual([`DELEGATION_REVIVED ${accepted.id}`]);
  expect(await found(accepted.id, 'in_force')).toEqual([`DELEGATION_REVIVED ${accepted.id}`]);
  expect(await found(open.id, 'in_force')).toEqual([`DELEGATION_REVIVED ${open.id}`]);
  expect(await found(open.id, 'closed')).toEqual([`DELEGATION_REVIVED ${open.id}`]);
});

it('the doctor examines offers, and reports those that are not as they were signed', async () => {
  const site = await Site.create();
  const { id } = await site.trust.delegate(TERMS);
  const forTask = await site.delegate('u');
  const found = async (edit?: (lines: Line[]) => Line[]) => {
    const store = await copyOf(site.store, edit);
    const rows: DumpRow[] = [];
    for await (const line of store.exportJsonLines()) {
      const { type, ...row } = JSON.parse(line);
      if (type !== 'header' && type !== 'end') rows.push({ type, row });
    }
    return (await examineRecords(store, rows)).findings.map(({ code, subject }) => `${code} ${subject}`);
  };
  expect(await found()).toEqual([]);
  const widened = (lines: Line[]): Line[] =>
    lines.map((line) =>
      line.delegation_id === id ? { ...line, text: line.text.replace('"write"', '"read"') } : line,
    );
  expect(await found(widened)).toEqual([`DELEGATION_SIGNATURE ${id}`]);
  expect(await found(statusSet(forTask.id, 'offered'))).toEqual([`DELEGATION_SIGNATURE ${forTask.id}`]);
  expect(await found(statusSet(id, 'in_force'))).toEqual([`DELEGATION_SIGNATURE ${id}`]);
  await site.trust.reattest({ agentId: 'agent-alice', capabilities: ['write'], constraints: ['slow'] });
  expect(await found()).not.toContain(`DELEGATION_SIGNATURE ${id}`);
});
