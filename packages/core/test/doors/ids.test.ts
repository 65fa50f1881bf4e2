import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { agentIdField } from '../../src/trust/request-fields.js';
import { idField } from '../../src/wire/option-fields.js';
import { doors } from './table.js';
import { DoorWorld } from './world.js';

/** Values that are the id of something nowhere, or the same id as another in some store or language. */
const NOT_AN_ID: readonly unknown[] = [
  '',
  'x'.repeat(257),
  'a\u0000b',
  'a\nb',
  'a\u0085b',
  'R\ud83d',
  '\ude00R',
  5,
  null,
  {},
  ['agent-alice'],
  Object('agent-alice'),
  { toString: () => 'agent-alice' },
];

const isId = (field: z.ZodType): boolean => {
  if (field instanceof z.ZodOptional || field instanceof z.ZodNullable)
    return isId(field.unwrap() as z.ZodType);
  return field === idField || field === agentIdField;
};

const rows = doors.flatMap((door) =>
  Object.entries(door.schema.shape)
    .filter(([, field]) => isId(field as z.ZodType))
    .map(([name]) => ({ door, name })),
);

describe.each(rows)('$door.name', ({ door, name }) => {
  it(`refuses as \`${name}\` what is not an id, and stores nothing`, async () => {
    const world = await DoorWorld.create();
    const [valid] = fc.sample(door.given, { numRuns: 1, seed: 1 }) as [object];
    const before = await world.stored();
    for (const wrong of NOT_AN_ID) {
      if (wrong === null && name === 'parentDelegationId') continue;
      const calling = (async () => door.call(world, { ...valid, [name]: wrong } as never))();
      await expect(calling, JSON.stringify(wrong)).rejects.toMatchObject({
        code: 'INVALID_ARGUMENT',
        message: expect.stringContaining(`${name}\``),
      });
    }
    if (door.name !== 'endTask()' && door.name !== 'exportChain()')
      expect(await world.stored()).toEqual(before);
  });
});

it('covers agents, tasks, persons, delegations and authorities', () => {
  expect([...new Set(rows.map(({ name }) => name))].sort()).toEqual([
    'agentId',
    'authorityId',
    'delegateeId',
    'delegationId',
    'delegatorId',
    'humanId',
    'id',
    'parentAnchorId',
    'parentAuthorityId',
    'parentDelegationId',
    'recorder',
    'signingKeyId',
    'taskId',
  ]);
});

it('refuses an id that is an argument by itself', async () => {
  const { trust, keys } = await DoorWorld.create();
  for (const wrong of NOT_AN_ID as never[]) {
    const calls: (() => unknown)[] = [
      () => trust.getAuthority(wrong),
      () => trust.getChain(wrong),
      () => trust.setAuthorityActive(wrong, false),
      () => trust.exportChain(wrong),
      () => trust.verifyTrail(wrong),
      () => keys.generateKey(wrong),
      () => trust.registerAuthority({ ...AUTHORITY, id: wrong }),
    ];
    for (const call of calls)
      await expect((async () => call())(), String(call)).rejects.toMatchObject({
        code: expect.stringMatching(/^(INVALID_ARGUMENT|MALFORMED_RECORD|UNSUPPORTED_VALUE)$/),
      });
  }
});

const AUTHORITY = {
  name: 'A',
  authorityType: 'organization',
  publicKey: '11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=',
  signingKeyId: 'key-a',
  permissions: [],
  createdAt: '2026-01-05T11:00:00+00:00',
  updatedAt: '2026-01-05T11:00:00+00:00',
  isActive: true,
} as const;
