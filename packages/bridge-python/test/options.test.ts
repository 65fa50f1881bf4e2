import { PythonBridge } from '@kaizen-eatp/bridge-python';
import { TrustOperations } from '@kaizen-eatp/core';
import { describe, expect, it, onTestFinished } from 'vitest';
import { BridgeEvents } from '../src/bridge-events.js';
import { planAgents } from '../src/spawn/spawn-options.js';
import { bridgeWorld } from './support/bridge-world.js';

const trust = new TrustOperations();
const invalid = (message: string) => ({
  code: 'INVALID_ARGUMENT',
  message: expect.stringContaining(message),
});

describe('PythonBridge.listen', () => {
  it.each<[object, string]>([
    [{ trust, joinTimout: 5 }, "If you meant 'joinTimeout', write that"],
    [{}, '`trust` of PythonBridge.listen() is missing'],
    [{ trust: {} }, '`trust` of PythonBridge.listen() is invalid'],
    [{ trust, port: 65_536 }, '`port` of PythonBridge.listen() is invalid'],
    [{ trust, grace: 1.5 }, '`grace`'],
    [{ trust, serves: [{}] }, '`serves[0]`'],
    [{ trust, tls: { cert: 'x' } }, '`tls.key`'],
    [{ trust, tls: { cert: 'x', key: 'y', ca: 'z' } }, "no option 'ca'"],
    [{ trust, registry: {} }, '`registry`'],
    [{ trust, trace: 'w3c' }, '`trace`'],
    [{ trust, agents: { a: { interrupted: 'again' } } }, '`agents.a.interrupted`'],
    [{ trust, agents: { a: { interupted: 'retry' } } }, "no option 'interupted'"],
    [{ trust, agents: { a: { requiresApproval: { of: 2 } } } }, '`requiresApproval'],
  ])('refuses %o', async (options, message) => {
    await expect(PythonBridge.listen(options as never)).rejects.toMatchObject(invalid(message));
  });
});

it('createEnrolmentToken and close refuse unknown options, and a token keeps its own copy of what it grants', async () => {
  const { bridge, acme } = await bridgeWorld();
  const authorityId = acme.id;
  for (const [request, message] of [
    [{ authorityId, agents: { a: {} }, expireIn: 5 }, "no option 'expireIn'"],
    [{ authorityId, agents: { a: { capabilites: ['x'] } } }, "no option 'capabilites'"],
    [{ authorityId, agents: { a: { capabilities: 'x' } } }, '`agents.a.capabilities`'],
    [{ authorityId, agents: { 'a b': {} } }, 'by a name of 1 to 64'],
    [{ authorityId, agents: {} }, 'An enrolment token needs agents'],
    [{ authorityId, agents: { a: {} }, expiresIn: 0 }, '`expiresIn`'],
    [{ agents: { a: {} } }, '`authorityId`'],
  ] as const)
    await expect(bridge.createEnrolmentToken(request as never)).rejects.toMatchObject(invalid(message));
  await expect(bridge.close({ drian: 0 } as never)).rejects.toThrow("no option 'drian'");
  expect(() => bridge.on('join' as never, () => undefined)).toThrow('no such event');
  expect(() => bridge.on('joined', undefined as never)).toThrow('`listener` must be a function');
});

it('a listener that throws or rejects disturbs neither the bridge nor the process', async () => {
  const unhandled: unknown[] = [];
  const onUnhandled = (reason: unknown): void => void unhandled.push(reason);
  process.on('unhandledRejection', onUnhandled);
  onTestFinished(() => void process.off('unhandledRejection', onUnhandled));
  const events = new BridgeEvents();
  const heard: string[] = [];
  const fault = new Error('of the listener');
  events.on('left', () => {
    throw fault;
  });
  events.on('left', (async () => Promise.reject(fault)) as never);
  events.on('left', ({ type }) => void heard.push(type));
  events.emit({ type: 'left', agent: 'a', agentId: 'agent-a', reason: 'r' });
  await new Promise((resolve) => setImmediate(resolve));
  expect([heard, unhandled]).toEqual([['left'], []]);
});

it('the terms of an agent belong to the bridge that it joins', async () => {
  const { bridge, trust, acme } = await bridgeWorld();
  const agents = { clerk: { interrupted: 'retry' as const } };
  const own = { trust, authorityId: acme.id, module: 'm', agents };
  expect(planAgents(own as never)[0]).toMatchObject({ grant: {}, terms: agents.clerk });
  expect(() => planAgents({ ...own, bridge: bridge as never })).toThrow(
    'Pass them to the bridge: PythonBridge.listen({ agents: { clerk: { … } } })',
  );
});
