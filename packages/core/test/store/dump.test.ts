import { MemoryTrustStore } from '@kaizen-eatp/core';
import { expect, it } from 'vitest';
import { append, intent, next, putChain } from './records.js';

async function linesOf(store: MemoryTrustStore): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of store.exportJsonLines()) lines.push(line);
  return lines;
}

it('an export with any one character changed is refused, and nothing of it is kept', async () => {
  const source = new MemoryTrustStore();
  const first = next('run-1', 'a');
  await source.commit([
    putChain('agent-alice', '{}'),
    append(first),
    append(next('run-1', 'b', first)),
    { op: 'open_intent', intent: intent('run-1/1') },
  ]);
  const text = (await linesOf(source)).join('');
  const target = new MemoryTrustStore();
  const refused = async (changed: string): Promise<void> => {
    const lines = changed.split(/(?<=\n)/);
    const outcome = await target.importJsonLines(lines).then(
      () => `it was taken in: ${changed}`,
      (error: { code: string }) => error.code,
    );
    expect(outcome).toBe('MALFORMED_RECORD');
  };
  for (let i = 0; i < text.length - 1; i++) {
    await refused(text.slice(0, i) + (text[i] === '5' ? '6' : '5') + text.slice(i + 1));
  }
  for (let i = 0; i < text.length - 1; i++) await refused(text.slice(0, i));
  expect(await linesOf(target)).toHaveLength(2);
  await target.importJsonLines(text.trimEnd().split('\n'));
  expect(await linesOf(target)).toEqual(await linesOf(source));
});

it('an import notifies watchers, and is of one moment', async () => {
  const source = new MemoryTrustStore();
  await source.commit([
    putChain('agent-alice', '{}'),
    { op: 'revoke', revocation: { kind: 'agent', subjectId: 'agent-bob', reason: 'left', at: 'now' } },
  ]);
  const lines = source.exportJsonLines();
  const target = new MemoryTrustStore();
  const heard: string[] = [];
  target.watch((event) => heard.push(event.type));
  const importing = target.importJsonLines(lines);
  await source.commit([putChain('agent-carol', '{}')]);
  expect(await importing).toMatchObject({ chain: 1, revocation: 1 });
  expect(heard).toEqual(['chain_changed', 'revoked']);
});
