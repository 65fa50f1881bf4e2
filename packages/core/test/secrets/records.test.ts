import { MemoryTrustStore } from '@kaizen-eatp/core';
import { describe, expect, it } from 'vitest';
import { World } from '../runtime/world.js';
import { PLACES, samples, shows } from './samples.js';

async function everything(store: MemoryTrustStore): Promise<string> {
  let lines = '';
  for await (const line of store.exportJsonLines()) lines += line;
  return lines;
}

/** Runs an agent that meets secrets wherever text is recorded. @returns all that is kept or sent. */
async function runWith(
  texts: readonly string[],
  args: Readonly<Record<string, unknown>>,
  redact?: (text: string) => string,
) {
  const store = new MemoryTrustStore();
  const world = await World.make({ store, ...(redact && { redact }) });
  const tools = {
    look: (given: unknown) => given,
    fail: () => {
      throw new Error(texts.join(' | '));
    },
  };
  const alice = await world.agent(
    'alice',
    async (input, context) => {
      await context.callTool('look', args);
      await context.callTool('fail', { list: texts }).catch(() => undefined);
      return input;
    },
    { tools, capabilities: ['look', 'fail'] },
  );
  const events: unknown[] = [];
  const run = world.start([alice], async ({ agents: [a], invoke, share }) => {
    await share(a!, 1, { action: 'execute', details: { texts } });
    await invoke(a!, 1, { resource: texts[0]?.slice(0, 200) });
    return 'done';
  });
  for await (const event of run.events) events.push(event);
  const result = await run.result;
  await world.trust.audit({
    agentId: 'agent-alice',
    action: 'execute',
    result: 'failure',
    context: { texts, password: 'PLAINVALUE' },
  });
  await world.trust.revoke({ agentId: 'agent-alice', reason: texts.join(' ') });
  const receipt = await result.receipt();
  return `${await everything(store)}${receipt.text}${JSON.stringify(events)}`;
}

describe.each(samples.map((sample) => [sample.form, sample] as const))(
  'a secret of the form "%s"',
  (_form, sample) => {
    it('is in no record, receipt or event in clear', async () => {
      const secret = sample.parts.join('');
      const texts = Object.values(PLACES).map((place) => place(secret, sample));
      const kept = await runWith(texts, { note: secret, headers: { 'X-Custom': secret } });
      expect(kept).toContain('[redacted]');
      expect(kept).not.toContain('PLAINVALUE');
      expect(shows(kept, sample)).toBe(false);
    });
  },
);

describe('the hook `redact`', () => {
  it('redacts what it knows wherever text is recorded', async () => {
    const kept = await runWith(['patient 4711 is ill'], { note: 'patient 4711' }, (text) =>
      text.replaceAll('4711', '…'),
    );
    expect(kept).toContain('patient …');
    expect(kept).not.toContain('4711');
  });

  it.each<[string, () => string]>([
    [
      'throws',
      () => {
        throw new Error('no');
      },
    ],
    ['returns no string', () => undefined as never],
  ])('keeps out of the records every string for which it %s', async (_what, hook) => {
    expect(await runWith(['patient 4711'], { note: 'patient 4711' }, hook)).not.toContain('4711');
  });
});
