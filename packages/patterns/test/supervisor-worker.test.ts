import { AgentExecutionError, StoreError } from '@kaizen-eatp/core/errors';
import { AllAgentsFailedError } from '@kaizen-eatp/patterns';
import { isHeavy, suiteStore } from 'suite-store';
import { describe, expect, it } from 'vitest';
import { detailsOf, failureOf, grants, steps, world } from './harness.js';

interface Merge {
  originalInput: unknown;
  workerResults: { taskId: string; worker: string; result: unknown }[];
  failures: { taskId: string; agent: string | null; code: string; reason: string }[];
}

const supervisor = (subtasks: readonly unknown[]) => ({
  run: () => 'unused',
  decomposeTask: () => subtasks,
  aggregateResults: (merge: Merge) => merge,
});
const square = { run: () => 'unused', executeTask: (n: number) => n * n };
const task = (input: unknown, requiredCapabilities: string[] = [], constraints: string[] = []) => ({
  input,
  requiredCapabilities,
  constraints,
});

describe('supervisor_worker', () => {
  it('delegates each subtask with its capabilities and constraints, and merges in order', async () => {
    const { run } = await world({
      supervisor: {
        agent: supervisor([task(2, ['calc'], ['read_only']), task(3, ['calc'])]),
        capabilities: ['calc'],
      },
      alice: { agent: square, capabilities: ['calc'] },
      bob: { agent: square, capabilities: ['calc'] },
    });
    const result = await run('supervisor_worker', 'job', { taskId: 't' });
    expect(result.result).toEqual({
      originalInput: 'job',
      workerResults: [
        { taskId: 't/1', worker: 'alice', result: 4 },
        { taskId: 't/2', worker: 'bob', result: 9 },
      ],
      failures: [],
    });
    expect(grants(result)).toEqual(['supervisor → alice: calc [read_only]', 'supervisor → bob: calc']);
    expect(steps(result)).toEqual([
      'supervisor execute success',
      'alice calc success',
      'bob calc success',
      'supervisor execute success',
      'supervisor orchestration_complete success',
    ]);
  });

  it('takes the supervisor by type, then by name, then the first', async () => {
    const leader = async (cast: Parameters<typeof world>[0]) => {
      const result = await (await world(cast)).run('supervisor_worker', 1);
      return result.auditTrail[0]?.agentId;
    };
    const boss = { agent: supervisor([task(1)]) };
    const worker = { agent: { ...supervisor([task(1)]), ...square } };
    expect(await leader({ supervisor: worker, bob: { ...boss, isSupervisor: true } })).toBe('agent-bob');
    expect(await leader({ alice: worker, TheSupervisor: boss })).toBe('agent-TheSupervisor');
    expect(await leader({ alice: boss, bob: worker })).toBe('agent-alice');
  });

  it('prefers a worker that holds the capabilities, else gives the right to a trusted one', async () => {
    const { run } = await world({
      supervisor: {
        agent: supervisor([task(1, ['calc']), task(2, ['calc']), task(3, ['draw'])]),
        capabilities: ['calc', 'draw'],
      },
      alice: { agent: square },
      bob: { agent: square, capabilities: ['calc'] },
    });
    const { workerResults } = (await run('supervisor_worker', 0)).result as Merge;
    expect(workerResults.map(({ worker }) => worker)).toEqual(['bob', 'bob', 'alice']);
  });

  it('has every subtask done when there are more than workers, each by an own delegation', async () => {
    const count = 25;
    const { run } = await world({
      supervisor: { agent: supervisor(Array.from({ length: count }, (_, i) => task(i))) },
      alice: { agent: square },
      bob: { agent: square },
    });
    const result = await run('supervisor_worker', 0);
    const { workerResults } = result.result as Merge;
    expect(workerResults.map((done) => done.result)).toEqual(Array.from({ length: count }, (_, i) => i * i));
    expect(result.delegations).toHaveLength(count);
    const used = result.auditTrail
      .map(({ context }) => (context as { delegation_id: string | null }).delegation_id)
      .filter(Boolean);
    expect(new Set(used).size).toBe(count);
  });

  it('passes failures on with the results, and records them', async () => {
    const flaky = {
      run: () => 0,
      executeTask: (n: number) => {
        if (n === 2) throw new Error('two is too much');
        return n;
      },
    };
    const { run } = await world({
      supervisor: { agent: supervisor([task(1), task(2), task(3)]) },
      alice: { agent: flaky },
    });
    const result = await run('supervisor_worker', 0, { taskId: 't' });
    const { workerResults, failures } = result.result as Merge;
    expect(workerResults.map((done) => done.taskId)).toEqual(['t/1', 't/3']);
    expect(failures).toEqual([
      {
        taskId: 't/2',
        agent: 'alice',
        code: 'AGENT_FAILED',
        reason: expect.stringContaining('two is too much'),
      },
    ]);
    expect(steps(result)).toContain('alice execute failure');
  });

  it('fails when every subtask fails', async () => {
    const broken = {
      run: () => {
        throw new Error('broken');
      },
    };
    const { run } = await world({
      supervisor: { agent: supervisor([task('a'), task('b')]) },
      alice: { agent: broken },
    });
    const { error, trace } = await failureOf(run('supervisor_worker', 0));
    expect(error).toBeInstanceOf(AllAgentsFailedError);
    expect((error as AllAgentsFailedError).failures.map(({ code }) => code)).toEqual([
      'AGENT_FAILED',
      'AGENT_FAILED',
    ]);
    expect(error.cause).toBeInstanceOf(AgentExecutionError);
    expect(steps(trace)).toEqual([
      'supervisor execute success',
      'alice execute failure',
      'alice execute failure',
      'supervisor orchestration_failed failure',
    ]);
  });

  it('records and reports that no worker is trusted', async () => {
    const { run, trust, agents } = await world(
      {
        supervisor: { agent: supervisor([task(1, ['calc'])]), capabilities: ['calc'] },
        alice: { agent: square },
      },
      {},
      { requireTrust: false },
    );
    await trust.revoke({ agentId: agents.alice!.id, reason: 'left' });
    const { error, trace } = await failureOf(run('supervisor_worker', 0));
    expect((error as AllAgentsFailedError).failures).toMatchObject([
      { agent: null, code: 'NO_CAPABLE_AGENT' },
    ]);
    expect(steps(trace)).toEqual([
      'supervisor execute success',
      'supervisor execute denied',
      'supervisor execute denied',
      'supervisor orchestration_failed failure',
    ]);
    expect(detailsOf(trace, 1)).toMatchObject({ event: 'worker_excluded', agent: 'alice' });
    expect(detailsOf(trace, 2)).toMatchObject({ event: 'worker_failed', code: 'NO_CAPABLE_AGENT' });
  });

  it('gives the subtasks of a worker revoked in mid-run to another', async () => {
    let revoke = async (): Promise<void> => undefined;
    const mallory = {
      run: () => 0,
      executeTask: async (n: number) => {
        await revoke();
        return n;
      },
    };
    const made = await world({
      supervisor: {
        agent: supervisor([task(1, ['calc']), task(2, ['calc']), task(3, ['calc'])]),
        capabilities: ['calc'],
      },
      mallory: { agent: mallory, capabilities: ['calc'] },
      bob: { agent: square },
    });
    revoke = async () => {
      await made.trust.revoke({ agentId: made.agents.mallory!.id, reason: 'caught' });
    };
    const { workerResults, failures } = (
      await made.run('supervisor_worker', 0, { options: { concurrency: 1 } })
    ).result as Merge;
    expect(failures).toMatchObject([{ agent: 'mallory', code: 'REVOKED' }]);
    expect(workerResults).toMatchObject([
      { worker: 'bob', result: 4 },
      { worker: 'bob', result: 9 },
    ]);
  });

  it('cannot delegate capabilities that the supervisor lacks, even if subtasks name them', async () => {
    const { run } = await world({
      supervisor: {
        agent: supervisor([task(1, ['delete_all']), task(2, ['calc'])]),
        capabilities: ['calc'],
      },
      alice: { agent: square, capabilities: ['delete_all', 'calc'] },
    });
    const result = await run('supervisor_worker', 0);
    const { workerResults, failures } = result.result as Merge;
    expect(workerResults).toHaveLength(1);
    expect(failures).toMatchObject([{ agent: 'alice', code: 'CAPABILITY_NOT_HELD' }]);
    expect(grants(result)).toEqual(['supervisor → alice: calc']);
    expect(steps(result)).toContain('supervisor execute denied');
    expect(steps(result)).not.toContain('alice delete_all success');
  });

  it('with strictDelegation delegates by name only', async () => {
    const cast = (subtasks: unknown[]) => ({
      supervisor: { agent: supervisor(subtasks), capabilities: ['calc'] },
      alice: { agent: square },
    });
    const strict = { strictDelegation: true };
    const named = await (await world(cast([task(2, ['calc'])]), strict)).run('supervisor_worker', 0);
    expect(grants(named)).toEqual(['supervisor → alice: calc']);
    const { error, trace } = await failureOf(
      (await world(cast([task(2)]), strict)).run('supervisor_worker', 0),
    );
    expect((error as AllAgentsFailedError).failures).toMatchObject([{ code: 'DELEGATION_REFUSED' }]);
    expect(grants(trace)).toEqual([]);
  });

  it('works with plain agents by the field names of Kaizen', async () => {
    const seen: unknown[] = [];
    const plainSupervisor = (fields: Record<string, unknown>) => {
      seen.push(fields);
      return 'task_results' in fields
        ? { final_result: JSON.parse(fields.task_results as string), summary: 'done' }
        : { tasks: '["count", {"task": "sum", "required_capabilities": ["calc"]}]', delegation_plan: 'any' };
    };
    const { run } = await world({
      supervisor: { agent: plainSupervisor, capabilities: ['calc'] },
      alice: { agent: (fields: object) => ({ result: Object.keys(fields).sort(), status: 'ok' }) },
    });
    const { result } = await run('supervisor_worker', { n: 1 }, { taskId: 't' });
    expect(seen[0]).toEqual({ request: '{"n":1}', num_tasks: 1 });
    const done = (id: string, result: string[]) => ({
      task_id: id,
      worker: 'alice',
      status: 'completed',
      result: { result, status: 'ok' },
    });
    expect(result).toEqual({
      final_result: [
        done('t/1', ['task_description', 'task_id']),
        done('t/2', ['task', 'task_description', 'task_id']),
      ],
      summary: 'done',
    });
  });

  it.each([
    ['nothing', undefined],
    ['no subtask', []],
    ['not JSON', { tasks: 'first, then' }],
    ['numbers', [1]],
  ])('refuses a split of %s', async (_, split) => {
    const agent = { ...supervisor([]), decomposeTask: () => split };
    const { run } = await world({ supervisor: { agent }, alice: { agent: square } });
    const { error } = await failureOf(run('supervisor_worker', 0));
    expect(error.code).toBe('ROLE_OUTPUT_INVALID');
    expect(error.message).toContain(
      "Agent 'supervisor' returned an invalid output for the role of supervisor: expected a list",
    );
  });

  it.each([
    [
      [{ input: 1, requiredCapabilities: 'calc' }],
      'at 0.requiredCapabilities: Invalid input: expected array',
    ],
    [
      [{ input: 1 }, { input: 2, constraint: ['read_only'] }],
      "at 1: 'constraint' is not one of requiredCapabilities",
    ],
    [{ subtask: [1] }, 'an object with subtask (as a whole: Invalid input: expected array'],
  ])('says what is wrong with a split: %j', async (split, wrong) => {
    const agent = { ...supervisor([]), decomposeTask: () => split };
    const { run } = await world({ supervisor: { agent }, alice: { agent: square } });
    const { error } = await failureOf(run('supervisor_worker', 0));
    expect(error.code).toBe('ROLE_OUTPUT_INVALID');
    expect(error.message).toContain(wrong);
  });

  it('does not take a store that fails for a failure of one worker', async () => {
    const store = suiteStore();
    const broken = new StoreError('STORE_FAILED', 'The disk is full', { remedy: 'Make room.' });
    let asked = 0;
    const fails = {
      run: () => 0,
      executeTask: () => {
        asked += 1;
        store.commit = () => Promise.reject(broken);
        return 1;
      },
    };
    const { run } = await world(
      { supervisor: { agent: supervisor([task(1), task(2)]) }, alice: { agent: fails } },
      { store },
    );
    const { error } = await failureOf(run('supervisor_worker', 0));
    // The worker has acted; only the record of it is missing.
    expect(error).toMatchObject({ code: 'OUTCOME_NOT_RECORDED', cause: broken });
    expect(asked).toBe(1);
  });

  it('gives a subtask to a worker that is free', async () => {
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let done = 0;
    const slow = { run: () => 0, executeTask: () => held };
    const quick = {
      run: () => 0,
      executeTask: () => {
        done += 1;
        if (done === 4) release();
      },
    };
    const { run } = await world({
      supervisor: { agent: supervisor([1, 2, 3, 4, 5].map((n) => task(n))) },
      alice: { agent: slow },
      bob: { agent: quick },
    });
    const { workerResults } = (await run('supervisor_worker', 0, { timeout: 5_000 })).result as Merge;
    expect(workerResults.map(({ worker }) => worker)).toEqual(['alice', 'bob', 'bob', 'bob', 'bob']);
  });

  it('prefers a worker that not only holds the capabilities but may exercise them', async () => {
    const capabilities = ['write_report'];
    const { run } = await world({
      supervisor: { agent: supervisor([task(1, capabilities)]), capabilities },
      alice: { agent: square, capabilities, constraints: ['read_only'] },
      bob: { agent: square, capabilities },
    });
    const { workerResults } = (await run('supervisor_worker', 0)).result as Merge;
    expect(workerResults.map(({ worker }) => worker)).toEqual(['bob']);
  });

  it('keeps a worker that was denied one subtask for the others', async () => {
    const { run } = await world({
      supervisor: {
        agent: supervisor([task(1, ['write_report']), task(2, ['count'])]),
        capabilities: ['write_report', 'count'],
      },
      alice: { agent: square, constraints: ['read_only'] },
    });
    const { workerResults, failures } = (await run('supervisor_worker', 0)).result as Merge;
    expect(failures).toMatchObject([{ agent: 'alice', code: 'VERIFICATION_DENIED' }]);
    expect(workerResults).toMatchObject([{ worker: 'alice', result: 4 }]);
  });

  it('does 1,000 subtasks over 50 workers, never more at a time than workers', {
    timeout: 60_000,
  }, async () => {
    let atWork = 0;
    let most = 0;
    const worker = {
      run: () => 0,
      executeTask: async (n: number) => {
        atWork += 1;
        most = Math.max(most, atWork);
        await Promise.resolve();
        atWork -= 1;
        return n;
      },
    };
    const workers = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`w${i}`, { agent: worker }]));
    const agent = supervisor(Array.from({ length: 1_000 }, (_, i) => task(i)));
    const { run } = await world({ supervisor: { agent }, ...workers });
    const result = await run('supervisor_worker', 0);
    const { workerResults } = result.result as Merge;
    expect(workerResults.reduce((sum, done) => sum + (done.result as number), 0)).toBe(499_500);
    expect(most).toBeLessThanOrEqual(50);
    const shares = new Map<string, number>();
    for (const { worker: name } of workerResults) shares.set(name, (shares.get(name) ?? 0) + 1);
    // How long a store takes over each is chance, so they are shared out evenly only where it takes no time.
    const unevenness = Math.max(...shares.values()) - Math.min(...shares.values());
    expect(shares.size).toBe(50);
    expect(unevenness).toBeLessThanOrEqual(isHeavy ? 10 : 0);
  });

  it('needs a worker', async () => {
    const { run } = await world({ supervisor: { agent: supervisor([task(1)]) } });
    expect((await failureOf(run('supervisor_worker', 0))).error.code).toBe('PATTERN_CONTRACT_BROKEN');
  });
});
