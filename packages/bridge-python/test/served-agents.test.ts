import { AsyncLocalStorage } from 'node:async_hooks';
import {
  type HumanOrigin,
  type InvocationContext,
  MemoryTrustStore,
  TrustAwareOrchestrationRuntime,
  TrustedAgent,
  TrustOperations,
} from '@kaizen-eatp/core';
import { definePattern, type RunObserver } from '@kaizen-eatp/core/plugin';
import { expect, it } from 'vitest';
import type { OutgoingCall } from '../src/calls/outgoing-call.js';
import { ServedAgents } from '../src/calls/served-agents.js';
import type { Worker } from '../src/calls/worker.js';
import type { WorkerInvoke } from '../src/protocol/frame-schemas.js';
import { decodeValue, encodeValue } from '../src/values/value-codec.js';

const ALICE: HumanOrigin = {
  humanId: 'alice',
  displayName: 'Alice',
  authProvider: 'test',
  sessionId: 's-1',
  authenticatedAt: '2026-11-22T08:06:29+00:00',
};
const MALLORY = '{"human_id":"mallory","display_name":"M","auth_provider":"x","session_id":"s"}';
/** The frames of a worker come in no invocation's async context. */
const outside = AsyncLocalStorage.snapshot();

interface Ask extends Partial<WorkerInvoke> {
  /** A frame can hold fields that the protocol does not know. */
  readonly human_origin?: string;
}

/** The signals of the invocations that wait to be stopped. */
const waiting = new Set<AbortSignal>();
async function untilStopped(signal: AbortSignal): Promise<void> {
  waiting.add(signal);
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  waiting.delete(signal);
}

/** `boss` owns `read_secrets`; `py`, which a worker serves, owns `own` alone; `vault` is served, and owns nothing. */
async function world() {
  const store = new MemoryTrustStore();
  const trust = new TrustOperations({ store });
  const acme = await trust.createEnterpriseAuthority({ name: 'ACME' });
  const make = async (
    name: string,
    agent: (input: never, context: InvocationContext) => unknown,
    capabilities: readonly string[],
    tools: Record<string, () => unknown> = {},
  ): Promise<TrustedAgent> => {
    const made = new TrustedAgent({ name, agent, trust, tools });
    await made.establishTrust({ authorityId: acme.id, capabilities });
    return made;
  };
  const vault = await make(
    'vault',
    async (input: { wait?: string }, context) => {
      if (input?.wait === 'for ever') await untilStopped(context.signal);
      return {
        human: context.humanOrigin?.humanId ?? null,
        action: context.action,
        constraints: context.delegation?.constraintSubset,
        secret: await context.callTool('read_secrets').catch((error: { code: string }) => error.code),
      };
    },
    [],
    { read_secrets: () => 'THE SECRET' },
  );
  // Each test decides what the Python agent does while it is invoked.
  let inCourse: (context: InvocationContext) => unknown = () => 'ok';
  const calls = new Map<number, OutgoingCall>();
  const py = await make(
    'py',
    async (_input, context) => {
      calls.set(7, { number: 7, agent: 'py', input: new Uint8Array(), context });
      try {
        return await inCourse(context);
      } finally {
        calls.delete(7);
      }
    },
    ['own'],
  );
  const boss = await make('boss', () => 1, ['read_secrets', 'own']);
  const said: unknown[] = [];
  const traces: unknown[] = [];
  const worker = {
    session: { isOpen: true, waiting: 0, waitingBytes: 0 },
    serves: (name: string) => name === 'py',
    inProgress: (call: number) => calls.get(call),
    send: (_type: number, body: { output?: Uint8Array; code?: string; type?: string }) =>
      said.push(body.output ? decodeValue(body.output) : [body.code, body.type]),
  } as unknown as Worker;
  const served = new ServedAgents(
    new Map([['vault', vault]]),
    () => py,
    1e6,
    () => undefined,
  );
  let number = 0;
  const ask = async ({ input, ...more }: Ask = {}): Promise<unknown> => {
    number += 1;
    const body = { call: number, agent: 'vault', as: 'py', input: input ?? encodeValue(null), ...more };
    await outside(() => served.invoke(worker, body as WorkerInvoke));
    return said.pop();
  };
  const run = async (
    delegated: readonly string[],
    work: (context: InvocationContext) => unknown,
    after?: () => unknown,
  ) => {
    inCourse = work;
    const pattern = definePattern({
      name: 'probe',
      async execute({ agents: [b, w], delegate, invoke }) {
        await delegate(b!, w!, { capabilities: delegated });
        await invoke(w!, 1);
        return after?.();
      },
    });
    const observers: RunObserver[] = [
      { aroundInvocation: ({ agentName, trace }) => traces.push([agentName, trace?.traceparent]) },
    ];
    const runtime = new TrustAwareOrchestrationRuntime({
      agents: { boss, py },
      trust,
      patterns: [pattern],
      observers,
    });
    return runtime.execute('x', { pattern: 'probe' as never, taskId: 'T1', humanOrigin: ALICE });
  };
  return { ask, run, store, served, worker, said, traces };
}

/** A call that claims the task of a run, and a person who was not authenticated. */
const CLAIM: Ask = { task_id: 'T1', human_origin: MALLORY, capabilities: ['read_secrets'] };

it('a call outside an invocation finds no authority by the task of a run, before, during and after the run', async () => {
  const { ask, run, store } = await world();
  const answers = [await ask(CLAIM)];
  const { auditTrail } = await run(
    ['read_secrets'],
    async () => void answers.push(await ask(CLAIM)),
    async () => void answers.push(await ask(CLAIM)),
  );
  answers.push(await ask(CLAIM));
  expect(answers).toEqual(answers.map(() => ['DENIED', 'CAPABILITY_NOT_HELD']));
  expect(auditTrail.filter(({ agentId }) => agentId === 'agent-vault')).toEqual([]);
  expect(JSON.stringify(await store.readTrail('outside-runs'))).not.toMatch(/mallory|alice/);
});

it('a call outside an invocation acts by the right of its agent, for no person, and its task is recorded', async () => {
  const { ask, run, store } = await world();
  const claim = { ...CLAIM, capabilities: ['own'] };
  const expected = { human: null, action: 'own', constraints: [], secret: 'VERIFICATION_DENIED' };
  const answers = [await ask(claim)];
  await run(['own'], async () => void answers.push(await ask(claim)));
  expect(answers).toEqual([expected, expected]);
  const trail = await store.readTrail('outside-runs');
  const done = trail.filter(({ agentId }) => agentId === 'agent-vault').map(({ text }) => JSON.parse(text));
  expect(done.length).toBeGreaterThan(0);
  for (const { context } of done) expect([context.task_id, context.person]).toEqual(['T1', undefined]);
});

it('a call in the course of an invocation acts under its delegation, for its person, on its trail', async () => {
  const { ask, run } = await world();
  const answers: unknown[] = [];
  const within = { within: 7, ...CLAIM };
  const { auditTrail } = await run(['read_secrets'], async () => void answers.push(await ask(within)));
  expect(answers).toEqual([
    { human: 'alice', action: 'read_secrets', constraints: [], secret: 'THE SECRET' },
  ]);
  expect(auditTrail.filter(({ agentId }) => agentId === 'agent-vault')).toHaveLength(2);
});

it('a call in the course of an invocation gets no more than was delegated for it, whatever its agent owns', async () => {
  const { ask, run } = await world();
  const answers: unknown[] = [];
  const within = { within: 7, capabilities: ['own'] };
  await run(['read_secrets'], async () => void answers.push(await ask(within)));
  expect(answers).toEqual([['DENIED', 'CAPABILITY_NOT_HELD']]);
});

it('concurrent calls of one agent each act under the delegation that was made for them', async () => {
  const { ask, run } = await world();
  let answers: unknown[] = [];
  const within = { within: 7, capabilities: ['read_secrets'] };
  await run(['read_secrets'], async () => {
    answers = await Promise.all([
      ask({ ...within, constraints: ['audit_required'] }),
      ask({ ...within, constraints: [] }),
      ask({ ...within, constraints: ['read_only'] }),
    ]);
  });
  const seen = (answers as { constraints: unknown }[]).map(({ constraints }) => constraints);
  expect(seen).toHaveLength(3);
  expect(seen).toEqual(expect.arrayContaining([['audit_required'], [], ['read_only']]));
});

it('a call that names an invocation which has ended is denied', async () => {
  const { ask, run, worker } = await world();
  let kept: OutgoingCall | undefined;
  const within = { within: 7, capabilities: ['read_secrets'] };
  const answers: unknown[] = [];
  await run(
    ['read_secrets'],
    () => {
      kept = worker.inProgress(7);
      return 'ok';
    },
    async () => {
      answers.push(await ask(within));
      // A worker that has not answered yet keeps the call in progress; its context has ended all the same.
      (worker as { inProgress: unknown }).inProgress = () => kept;
      answers.push(await ask(within));
    },
  );
  answers.push(await ask(within));
  expect(answers).toEqual([
    ['DENIED', 'Refusal'],
    ['DENIED', 'INVOCATION_ENDED'],
    ['DENIED', expect.any(String)],
  ]);
});

it('concurrent calls outside an invocation that name the same task do not end each other', async () => {
  const { ask } = await world();
  const claim: Ask = { task_id: 'T1', capabilities: ['own'] };
  const results = await Promise.all(Array.from({ length: 8 }, () => ask(claim)));
  for (const result of results) expect(result).toMatchObject({ action: 'own' });
  for (let i = 0; i < 4; i++) {
    const pair = await Promise.all([ask(claim), ask(claim)]);
    for (const result of pair) expect(result).toMatchObject({ action: 'own' });
  }
});

it.each([
  ['in the course of an invocation', { within: 7, capabilities: ['read_secrets'] }],
  ['outside an invocation', {}],
])('cancelling a call %s stops the agent that is called', async (_where, more) => {
  const { ask, run, served, worker } = await world();
  const endless = encodeValue({ wait: 'for ever' });
  const attempt = async (): Promise<unknown> => {
    const answer = ask({ ...more, input: endless as never });
    await expect.poll(() => waiting.size).toBe(1);
    for (let call = 1; call < 9; call += 1) served.cancel(worker, call, 'no longer needed');
    const answered = await answer;
    await expect.poll(() => waiting.size).toBe(0);
    return answered;
  };
  let answer: unknown;
  await run(['read_secrets'], async () => {
    answer = await attempt();
    return 'the invocation goes on';
  });
  expect(answer).toEqual(['CANCELLED', 'Cancelled']);
});

it('an observer sees the span of the Python code that makes a call, and no span that is not one', async () => {
  const { ask, run, traces } = await world();
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  const within = { within: 7, capabilities: ['read_secrets'] };
  await run(['read_secrets'], async () => {
    await ask({ ...within, trace: { traceparent, tracestate: null } });
    await ask({ ...within, trace: { traceparent: 'x' } });
  });
  expect(traces).toEqual([
    ['py', undefined],
    ['vault', traceparent],
    ['vault', undefined],
  ]);
});
