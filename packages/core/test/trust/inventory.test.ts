import { SHARED_TRAIL } from '@kaizen-eatp/core';
import { expect, it } from 'vitest';
import { World } from './world.js';

it('a store lists what it holds at one moment, and of each trail the last entry', async () => {
  const world = await World.create();
  await world.establish('agent-alice', ['read']);
  await world.establish('agent-bob', ['read']);
  for (let i = 0; i < 3; i++)
    await world.trust.audit({ agentId: 'agent-alice', action: 'read', result: 'success', resource: `${i}` });
  const rows: { type: string; row: Readonly<Record<string, unknown>> }[] = [];
  for await (const row of world.store.inventory()) rows.push(row);
  const of = (type: string) => rows.filter((each) => each.type === type).map(({ row }) => row);
  expect(of('chain').map(({ agent_id, active }) => [agent_id, active])).toEqual([
    ['agent-alice', true],
    ['agent-bob', true],
  ]);
  expect(of('authority').map(({ authority_id }) => authority_id)).toContain('org-acme');
  const head = await world.store.trailHead(SHARED_TRAIL);
  expect(of('anchor')).toMatchObject([
    { trail_id: SHARED_TRAIL, sequence: 3, hash: head?.hash, text: head?.text },
  ]);
  const statements = await world.store.readStatements();
  expect(of('statement').map(({ hash }) => hash)).toEqual(statements.map(({ hash }) => hash));
});
