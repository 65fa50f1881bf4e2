import { beforeEach, describe, expect, it } from 'vitest';
import { GUARDED_FIELDS } from '../../src/trust/audit/audit-request.js';
import { ALICE, BOB, CAROL, DoorWorld } from './world.js';

let world: DoorWorld;
let before: unknown;
beforeEach(async () => {
  world = await DoorWorld.create();
  before = await world.stored();
});

const refused = (calling: Promise<unknown>, name: string, nearest: string) =>
  expect(calling).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
    message: expect.stringContaining(`There is no option '${name}'`),
    remedy: expect.stringContaining(`'${nearest}'`),
  });

describe('a misspelt option never grants more than the caller meant', () => {
  const agent = { agentId: CAROL, authorityId: 'org-acme', capabilities: ['read'] };
  const delegation = { delegatorId: ALICE, delegateeId: BOB, taskId: 't', capabilities: ['read'] };

  it.each([
    ['an unlimited agent', { ...agent, constraint: ['read_only'] }, 'constraint', 'constraints'],
    ['an agent that never expires', { ...agent, expires: new Date(4e12) }, 'expires', 'expiresAt'],
    [
      'an unlimited capability',
      { ...agent, capabilities: [{ capability: 'read', constraint: ['eu'] }] },
      'constraint',
      'constraints',
    ],
  ])('establish() makes no %s', async (_what, request, name, nearest) => {
    await refused(world.trust.establish(request as never), name, nearest);
    expect(await world.stored()).toEqual(before);
  });

  it.each([
    [
      'an unlimited delegation',
      { additionalConstraint: ['eu'] },
      'additionalConstraint',
      'additionalConstraints',
    ],
    ['a delegation that never expires', { expiresat: new Date(4e12) }, 'expiresat', 'expiresAt'],
  ])('delegate() makes no %s', async (_what, wrong, name, nearest) => {
    await refused(world.trust.delegate({ ...delegation, ...wrong } as never), name, nearest);
    expect(await world.stored()).toEqual(before);
  });

  it('delegate() does not take `constraint` or `constraints` for additional ones', async () => {
    for (const name of ['constraint', 'constraints'])
      await expect(world.trust.delegate({ ...delegation, [name]: ['eu'] })).rejects.toMatchObject({
        code: 'INVALID_ARGUMENT',
        message: expect.stringContaining(`There is no option '${name}'`),
      });
    expect(await world.stored()).toEqual(before);
  });

  it('createEnterpriseAuthority() gives no permissions that were not asked for', async () => {
    const request = { name: 'Weak', permission: [] };
    await refused(world.trust.createEnterpriseAuthority(request as never), 'permission', 'permissions');
    await expect(
      world.trust.createEnterpriseAuthority({ name: 'Weak', permissions: null as never }),
    ).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect(await world.stored()).toEqual(before);
  });

  it('an inherited option is refused rather than overlooked', async () => {
    const inherited = Object.assign(Object.create({ constraints: ['read_only'] }), agent);
    await expect(world.trust.establish(inherited)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });
});

describe('audit()', () => {
  it.each(GUARDED_FIELDS)('refuses the context field %s, which only the guard writes', async (field) => {
    const request = { agentId: ALICE, action: 'read', result: 'success' } as const;
    await expect(world.trust.audit({ ...request, context: { [field]: 'x' } })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining(`\`context.${field}\``),
      evidence: { field },
    });
    expect(await world.stored()).toEqual(before);
  });

  it('takes a task and details in the context', async () => {
    const context = { task_id: 't', details: { pages: 3 } };
    const anchor = await world.trust.audit({ agentId: ALICE, action: 'read', result: 'success', context });
    expect(anchor.context).toEqual({
      ...context,
      authority_id: 'org-acme',
      trail: { id: 'outside-runs', sequence: 1, previous: '0'.repeat(64) },
    });
  });
});
