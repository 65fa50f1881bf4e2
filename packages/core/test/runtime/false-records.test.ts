import { describe, expect, it, vi } from 'vitest';
import { ALICE, rejection, World } from './world.js';

/** Everything that the guard itself says in an anchor's context. */
const LIES = {
  task_id: 'task-of-somebody-else',
  invocation_id: 'run-other/1',
  delegation_id: 'del-other',
  initiator_id: 'somebody-else',
  input_digest: '0'.repeat(64),
  output_digest: '0'.repeat(64),
  value_digest: '0'.repeat(64),
  outcome: 'success',
  error: null,
  denial: null,
  unenforced_constraints: [],
  human_origin: {
    human_id: 'mallory',
    display_name: 'M',
    auth_provider: 'x',
    session_id: 's',
    authenticated_at: '2026-03-02T09:00:00+00:00',
  },
  person: { pseudonym: 'person-mallory', digest: '0'.repeat(64) },
  outer_run: 'run-other',
  outer_invocation: 'run-other/1',
  nested_runs: ['run-other'],
  output_opaque: true,
  input_opaque: true,
  method: 'other',
  subject_agent_id: 'agent-bob',
  started_at: '1999-01-01T00:00:00+00:00',
  trail: { id: 'run-other', sequence: 1, previous: '0' },
  entries: 1,
};

describe('a pattern adds details to a record; it cannot change what the guard says in it', () => {
  it('of a success', async () => {
    const world = await World.make();
    const alice = await world.agent('alice');
    const plain = await world.execute([alice], ({ agents, invoke }) => invoke(agents[0]!, 1), {
      taskId: 'task-1',
    });
    const lying = await world.execute(
      [alice],
      ({ agents, invoke }) => invoke(agents[0]!, 1, { details: LIES }),
      {
        taskId: 'task-1',
      },
    );
    const [truth] = plain.auditTrail;
    const [told] = lying.auditTrail;
    const expected = { ...truth?.context, invocation_id: `${lying.runId}/1`, trail: told?.context?.trail };
    expect(told?.context).toMatchObject(expected);
    expect(told?.context?.trail).toMatchObject({ id: lying.runId, sequence: 1 });
    for (const forged of [
      'human_origin',
      'person',
      'outer_run',
      'outer_invocation',
      'nested_runs',
      'input_opaque',
      'output_opaque',
      'subject_agent_id',
      'error',
      'denial',
      'unenforced_constraints',
      'entries',
    ]) {
      expect(told?.context).not.toHaveProperty(forged);
    }
  });

  it('of a failure', async () => {
    const world = await World.make();
    const alice = await world.agent('alice', () => {
      throw new Error('no');
    });
    const error = await rejection(
      world.execute([alice], ({ agents, invoke }) => invoke(agents[0]!, 1, { details: LIES })),
    );
    const [failed] = await world.remains(error);
    expect(failed).toMatchObject({
      result: 'failure',
      context: { outcome: 'failure', error: { code: 'AGENT_FAILED' }, task_id: error.run?.taskId },
    });
  });

  it('of a denial', async () => {
    const world = await World.make();
    const alice = await world.agent('alice');
    const error = await rejection(
      world.execute([alice], ({ agents, invoke }) =>
        invoke(agents[0]!, 1, { details: LIES, action: 'send_mail' }),
      ),
    );
    const [denied] = await world.remains(error);
    expect(denied).toMatchObject({
      result: 'denied',
      context: { outcome: 'denied', denial: { code: 'CAPABILITY_NOT_HELD' }, task_id: error.run?.taskId },
    });
  });

  it('of something shared', async () => {
    const world = await World.make();
    const alice = await world.agent('alice');
    const { auditTrail, taskId } = await world.execute([alice], ({ agents, share }) =>
      share(agents[0]!, { note: 1 }, { action: 'execute', details: LIES, result: 'denied' }),
    );
    expect(auditTrail[0]).toMatchObject({
      result: 'denied',
      context: { outcome: 'denied', task_id: taskId, delegation_id: null, initiator_id: null },
    });
    expect(auditTrail[0]?.context?.value_digest).not.toBe(LIES.value_digest);
    for (const forged of ['human_origin', 'person', 'outer_run'])
      expect(auditTrail[0]?.context).not.toHaveProperty(forged);
  });

  it('keeps the details themselves', async () => {
    const world = await World.make();
    const alice = await world.agent('alice');
    const { auditTrail } = await world.execute(
      [alice],
      ({ agents, invoke }) => invoke(agents[0]!, 1, { details: { round: 3 } }),
      { humanOrigin: ALICE },
    );
    expect(JSON.stringify(auditTrail[0]?.context)).toContain('"round":3');
    expect(auditTrail[0]?.context).toMatchObject({
      person: {
        pseudonym: expect.stringMatching(/^person-[0-9a-f]{32}$/),
        digest: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
    });
    for (const personal of [ALICE.humanId, ALICE.displayName, ALICE.sessionId])
      expect(JSON.stringify(auditTrail)).not.toContain(`"${personal}"`);
  });
});

describe('what an agent does is on the record as what it was', () => {
  it('names run, task, initiator and digests of what went in and came out', async () => {
    const world = await World.make();
    const alice = await world.agent('alice', () => ({ answer: 42 }));
    const options = { taskId: 'task-1', runId: 'run-1', initiatorId: 'user-7' } as const;
    const { auditTrail } = await world.execute(
      [alice],
      ({ agents, invoke }) => invoke(agents[0]!, { q: 1 }),
      options,
    );
    expect(auditTrail[0]?.context).toMatchObject({
      task_id: 'task-1',
      invocation_id: 'run-1/1',
      initiator_id: 'user-7',
      delegation_id: null,
      // printf '%s' '{"q":1}' | sha256sum; likewise '{"answer":42}'.
      input_digest: '6ae0f660046dadcf5fe8462c0e00a062db4c8d67be82f4098c5ea4208d19b076',
      output_digest: 'ecf59a2696ca44a417e20e2a7eabb1b26e82c779f8546bea354a2cc80e8e1eed',
      trail: { id: 'run-1', sequence: 1, previous: '0'.repeat(64) },
    });
    expect(auditTrail[1]).toMatchObject({ parentAnchorId: auditTrail[0]?.id, context: { entries: 2 } });
  });

  it('with a digest of what the agent was given, even if the pattern changes it meanwhile', async () => {
    const world = await World.make();
    const seen = vi.fn();
    const alice = await world.agent('alice', (input: unknown) => seen(JSON.stringify(input)));
    const { auditTrail } = await world.execute([alice], async ({ agents: [a], invoke }) => {
      const input = { amount: 1 };
      const changed = invoke(a!, input);
      input.amount = 1000;
      await changed;
      await invoke(a!, { amount: JSON.parse(seen.mock.calls[0]?.[0]).amount });
    });
    const [first, second] = auditTrail;
    expect(first?.context?.input_digest).toBe(second?.context?.input_digest);
  });
});
