import { randomUUID } from 'node:crypto';
import { EatpError, type TrustedAgent } from '@kaizen-eatp/core';
import { describeThrown } from '@kaizen-eatp/core/errors';
import { EXECUTE, redactText } from '@kaizen-eatp/core/plugin';
import type { WorkerInvoke } from '../protocol/frame-schemas.js';
import { FRAME } from '../protocol/frame-types.js';
import { decodeValue, encodeValue } from '../values/value-codec.js';
import { SharedTasks } from './shared-tasks.js';
import { readTrace, type TraceContext } from './trace-context.js';
import type { Worker } from './worker.js';

/** How many calls of one worker can be in progress. */
const MAX_IN_PROGRESS = 1_024;
/** How many answers, and how many bytes of them, can wait for a worker that does not read what it asked for. */
const MAX_WAITING = 4_096;
const MAX_WAITING_BYTES = 64 * 2 ** 20;
/** The longest time that Node's timers can wait, in milliseconds. */
const MAX_TIMEOUT = 2 ** 31 - 1;

interface Failure {
  readonly code: string;
  readonly type: string;
  readonly message: string;
  readonly remedy: string;
}

/**
 * The agents that Python can call. An agent of the worker calls, and delegates for the call. In the course of one of the
 * bridge's calls it acts through the context of that invocation; otherwise it acts by its own right. No id that a worker
 * sends finds any other authority.
 */
export class ServedAgents {
  readonly #inProgress = new Map<Worker, Map<number, AbortController>>();
  readonly #tasks = new SharedTasks();

  constructor(
    private readonly served: ReadonlyMap<string, TrustedAgent>,
    private readonly agentOf: (name: string) => TrustedAgent,
    private readonly maxMessage: number,
    /** Ends the session of a worker that asks and does not read. */
    private readonly onStuck: (worker: Worker) => void,
  ) {}

  /** Never rejects: the worker receives the error. */
  async invoke(worker: Worker, body: WorkerInvoke): Promise<void> {
    const { call } = body;
    const calls = this.#inProgress.get(worker) ?? new Map<number, AbortController>();
    this.#inProgress.set(worker, calls);
    if (calls.has(call)) return;
    const canceller = new AbortController();
    calls.set(call, canceller);
    try {
      const output = encodeValue(await this.perform(worker, body, canceller.signal, calls.size));
      const problem = this.problemWith(output, worker);
      if (problem) worker.send(FRAME.fail, failureFrame(call, problem));
      else worker.send(FRAME.result, { call, output }, output.length);
    } catch (error) {
      worker.send(FRAME.fail, failureFrame(call, failureOf(error, canceller.signal)));
    } finally {
      calls.delete(call);
      if (worker.session.waiting > MAX_WAITING) this.onStuck(worker);
    }
  }

  private problemWith({ length }: Buffer, { session }: Worker): Failure | undefined {
    if (length + 4_096 > this.maxMessage) {
      const message = `it is ${length} bytes, and a message may have ${this.maxMessage}`;
      return { ...TOO_LARGE, message };
    }
    if (session.isOpen || session.waitingBytes + length <= MAX_WAITING_BYTES) return undefined;
    const message = `${session.waitingBytes} bytes of other answers wait until the worker reads them`;
    return { ...TOO_SLOW, message };
  }

  cancel(worker: Worker, call: number, reason: string): void {
    this.#inProgress.get(worker)?.get(call)?.abort(reason);
  }

  /** Cancels the calls of a worker that is gone. */
  forget(worker: Worker): void {
    for (const canceller of this.#inProgress.get(worker)?.values() ?? [])
      canceller.abort('the worker that asked is gone');
    this.#inProgress.delete(worker);
  }

  private async perform(
    worker: Worker,
    body: WorkerInvoke,
    signal: AbortSignal,
    inProgress: number,
  ): Promise<unknown> {
    if (inProgress > MAX_IN_PROGRESS)
      throw new Refusal(
        'OVERLOADED',
        `more than ${MAX_IN_PROGRESS} calls are in progress`,
        'Make fewer calls concurrently.',
      );
    const target = this.served.get(body.agent);
    if (!target) {
      throw new Refusal(
        'NOT_FOUND',
        `the bridge serves no agent '${body.agent}'`,
        `It serves ${[...this.served.keys()].join(', ') || 'none'}. Name the agent in the bridge's \`serves\`.`,
      );
    }
    if (!worker.serves(body.as))
      throw new Refusal(
        'DENIED',
        `'${body.as}' is not an agent of this worker`,
        'Call as an agent that joined.',
      );
    const request: ServedCall = {
      target,
      input: decodeValue(body.input),
      grant: {
        capabilities: body.capabilities ?? [EXECUTE],
        additionalConstraints: body.constraints ?? [],
      },
      timeout: body.deadline_ms
        ? { timeout: Math.min(Math.max(body.deadline_ms, 1), MAX_TIMEOUT) }
        : undefined,
      signal,
      trace: readTrace(body.trace),
    };
    return typeof body.within === 'number'
      ? this.within(worker, body.as, body.within, request)
      : this.alone(this.agentOf(body.as), body.task_id ?? `task-${randomUUID()}`, request);
  }

  /** In the course of an invocation: through its context, so in its run, under its delegation, and no longer than it. */
  private async within(
    worker: Worker,
    as: string,
    call: number,
    { target, input, grant, timeout, signal, trace }: ServedCall,
  ): Promise<unknown> {
    const { agent, context } = worker.inProgress(call) ?? {};
    if (!context || agent !== as) {
      throw new Refusal(
        'DENIED',
        `call ${call} of '${as}' is not in progress`,
        'Call while the invocation is in progress, and await the call there.',
      );
    }
    const delegation = await context.delegate(target, grant);
    return context.invoke(target, input, { ...timeout, ...trace, delegation, signal });
  }

  /** Outside any invocation: by the calling agent's own right, and for no person. The task is only recorded. */
  private alone(by: TrustedAgent, taskId: string, request: ServedCall): Promise<unknown> {
    const { target, input, grant, timeout, signal } = request;
    return this.#tasks.use(
      `${by.id}\n${taskId}`,
      async () => {
        const delegation = await by.delegateTo(target, { ...grant, taskId, standalone: true });
        const action = grant.capabilities[0] ?? EXECUTE;
        return target.run(input, { ...timeout, action, delegation, signal, standalone: true });
      },
      () => by.endTask(taskId).catch(() => undefined),
    );
  }
}

/** A call of a served agent, read and checked. */
interface ServedCall {
  readonly target: TrustedAgent;
  readonly input: unknown;
  readonly grant: {
    readonly capabilities: readonly string[];
    readonly additionalConstraints: readonly string[];
  };
  /** The options that set a time limit, if there is one. */
  readonly timeout: { readonly timeout: number } | undefined;
  readonly signal: AbortSignal;
  /** The option that names the span of the caller, if it has one. */
  readonly trace: { readonly trace: TraceContext } | undefined;
}

class Refusal extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly remedy: string,
  ) {
    super(message);
  }
}

const TOO_LARGE: Failure = {
  code: 'TOO_LARGE',
  type: 'MESSAGE_TOO_LARGE',
  message: '',
  remedy: 'Return a reference to the data, or raise `maxMessageBytes` on the bridge.',
};

const TOO_SLOW: Failure = {
  code: 'OVERLOADED',
  type: 'WORKER_READS_TOO_SLOWLY',
  message: '',
  remedy:
    'The agent did its work, and its answer was dropped. Make fewer calls with large answers concurrently.',
};

function failureOf(error: unknown, signal: AbortSignal): Failure {
  if (error instanceof Refusal)
    return { code: error.code, type: 'Refusal', message: error.message, remedy: error.remedy };
  if (signal.aborted)
    return { code: 'CANCELLED', type: 'Cancelled', message: String(signal.reason), remedy: '' };
  if (!(error instanceof EatpError))
    return { code: 'EXCEPTION', type: 'Error', message: describeThrown(error), remedy: '' };
  const { code, message, remedy } = error;
  // The remedy ends the message, and travels in a field of its own.
  const told = message.endsWith(remedy) ? message.slice(0, -remedy.length).trimEnd() : message;
  return { code: FAIL_CODES.get(code) ?? 'DENIED', type: code, message: told, remedy };
}

const FAIL_CODES: ReadonlyMap<string, string> = new Map([
  ['AGENT_FAILED', 'EXCEPTION'],
  // The call was allowed, and what became of it may be unknown: no denial.
  ['STORE_FAILED', 'EXCEPTION'],
  ['OUTCOME_NOT_RECORDED', 'EXCEPTION'],
  ['AGENT_DISCONNECTED', 'EXCEPTION'],
  ['VALUE_NOT_TRANSFERABLE', 'VALUE'],
  ['UNSUPPORTED_VALUE', 'VALUE'],
  ['EXECUTION_CANCELLED', 'CANCELLED'],
  ['EXECUTION_TIMEOUT', 'DEADLINE'],
]);

const failureFrame = (call: number, { code, type, message, remedy }: Failure): object => ({
  call,
  code,
  type,
  message: redactText(message),
  traceback: '',
  remedy,
});
