import { randomUUID } from 'node:crypto';
import { EatpError, type HumanOrigin, type TrustedAgent, type TrustOperations } from '@kaizen-eatp/core';
import { describeThrown } from '@kaizen-eatp/core/errors';
import { EXECUTE, redactText } from '@kaizen-eatp/core/plugin';
import { humanOriginCodec } from '@kaizen-eatp/core/records';
import type { WorkerInvoke } from '../protocol/frame-schemas.js';
import { FRAME } from '../protocol/frame-types.js';
import { decodeValue, encodeValue } from '../values/value-codec.js';
import type { Worker } from './worker.js';

/** Calls of one worker that may be under way at a time. */
const MAX_UNDER_WAY = 1_024;

interface Failure {
  readonly code: string;
  readonly type: string;
  readonly message: string;
  readonly remedy: string;
}

/**
 * The agents that Python may call: by an agent of its own, which delegates for it, and through the same guard as everybody.
 * A call that is made in the course of one of ours belongs to that one's run and rests on what was delegated for it.
 */
export class ServedAgents {
  readonly #underWay = new Map<Worker, Map<number, AbortController>>();
  readonly #tasks = new Map<string, number>();

  constructor(
    private readonly trust: TrustOperations,
    private readonly served: ReadonlyMap<string, TrustedAgent>,
    private readonly agentOf: (name: string) => TrustedAgent,
    private readonly maxMessage: number,
  ) {}

  /** Never rejects: what goes wrong goes to the worker. */
  async invoke(worker: Worker, body: WorkerInvoke): Promise<void> {
    const { call } = body;
    const calls = this.#underWay.get(worker) ?? new Map<number, AbortController>();
    this.#underWay.set(worker, calls);
    if (calls.has(call)) return;
    const canceller = new AbortController();
    calls.set(call, canceller);
    try {
      const output = encodeValue(await this.perform(worker, body, canceller.signal, calls.size));
      if (output.length + 4_096 > this.maxMessage) {
        const message = `it is ${output.length} bytes, and a message may have ${this.maxMessage}`;
        worker.send(FRAME.fail, failureFrame(call, { ...TOO_LARGE, message }));
      } else worker.send(FRAME.result, { call, output });
    } catch (error) {
      worker.send(FRAME.fail, failureFrame(call, failureOf(error, canceller.signal)));
    } finally {
      calls.delete(call);
    }
  }

  cancel(worker: Worker, call: number, reason: string): void {
    this.#underWay.get(worker)?.get(call)?.abort(reason);
  }

  /** The worker is gone, and nobody waits for its calls. */
  forget(worker: Worker): void {
    for (const canceller of this.#underWay.get(worker)?.values() ?? [])
      canceller.abort('the worker that asked is gone');
    this.#underWay.delete(worker);
  }

  private async perform(
    worker: Worker,
    body: WorkerInvoke,
    signal: AbortSignal,
    underWay: number,
  ): Promise<unknown> {
    if (underWay > MAX_UNDER_WAY)
      throw new Refusal('OVERLOADED', `more than ${MAX_UNDER_WAY} calls at a time`, 'Call less at a time.');
    const target = this.served.get(body.agent);
    if (!target) {
      throw new Refusal(
        'NOT_FOUND',
        `the bridge serves no agent '${body.agent}'`,
        `It serves ${[...this.served.keys()].join(', ') || 'none'}; whoever runs it names them as \`serves\`.`,
      );
    }
    if (!worker.serves(body.as))
      throw new Refusal('DENIED', `'${body.as}' is not an agent of this worker`, 'Call as one that joined.');
    const input = decodeValue(body.input);
    const by = this.agentOf(body.as);
    const deadline = body.deadline_ms ? AbortSignal.timeout(body.deadline_ms) : undefined;
    const until = deadline ? AbortSignal.any([signal, deadline]) : signal;
    return typeof body.within === 'number'
      ? this.within(worker, body, by, target, input, until)
      : this.alone(body, by, target, input, until);
  }

  /** In the course of an invocation: in its run, under its delegation, and no longer than it. */
  private within(
    worker: Worker,
    body: WorkerInvoke,
    by: TrustedAgent,
    target: TrustedAgent,
    input: unknown,
    signal: AbortSignal,
  ): Promise<unknown> {
    const around = worker.underWay(body.within as number);
    if (!around?.within || around.agent !== body.as) {
      const why = `call ${body.within} of '${body.as}' is not under way`;
      throw new Refusal('DENIED', why, 'Call while the invocation lasts, and await it there.');
    }
    const work = around.within(async () => {
      await by.delegateTo(target, {
        capabilities: body.capabilities ?? [EXECUTE],
        additionalConstraints: body.constraints ?? [],
      });
      return target.run(input);
    });
    return untilAborted(work, signal);
  }

  /** Outside of any: by the agent's own right, for a task of its own. */
  private async alone(
    body: WorkerInvoke,
    by: TrustedAgent,
    target: TrustedAgent,
    input: unknown,
    signal: AbortSignal,
  ): Promise<unknown> {
    const humanOrigin = readHuman(body.human_origin);
    const human = humanOrigin ? { humanOrigin } : {};
    const taskId = body.task_id ?? `task-${randomUUID()}`;
    const key = `${by.id}\n${taskId}`;
    this.#tasks.set(key, (this.#tasks.get(key) ?? 0) + 1);
    try {
      await this.trust.delegate({
        delegatorId: by.id,
        delegateeId: target.id,
        taskId,
        capabilities: body.capabilities ?? [EXECUTE],
        additionalConstraints: body.constraints ?? [],
        ...human,
      });
      return await target.run(input, { taskId, signal, ...human });
    } finally {
      const left = (this.#tasks.get(key) as number) - 1;
      if (left > 0) this.#tasks.set(key, left);
      else {
        this.#tasks.delete(key);
        await this.trust.endTask({ taskId, delegatorId: by.id }).catch(() => undefined);
      }
    }
  }
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
  remedy: 'Return where the data is rather than the data, or raise `maxMessageBytes` on the bridge.',
};

function failureOf(error: unknown, signal: AbortSignal): Failure {
  if (error instanceof Refusal)
    return { code: error.code, type: 'Refusal', message: error.message, remedy: error.remedy };
  if (signal.aborted)
    return { code: 'CANCELLED', type: 'Cancelled', message: String(signal.reason), remedy: '' };
  if (!(error instanceof EatpError))
    return { code: 'EXCEPTION', type: 'Error', message: describeThrown(error), remedy: '' };
  const { code, message, remedy } = error;
  return { code: FAIL_CODES.get(code) ?? 'DENIED', type: code, message, remedy };
}

const FAIL_CODES: ReadonlyMap<string, string> = new Map([
  ['AGENT_FAILED', 'EXCEPTION'],
  ['VALUE_NOT_TRANSFERABLE', 'VALUE'],
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

function readHuman(text: string | null | undefined): HumanOrigin | undefined {
  return typeof text === 'string' ? humanOriginCodec.decodeText(text) : undefined;
}

/** Whoever asked does not wait any longer; the guard ends the work itself when its invocation ends. */
function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const aborted = (): void => reject(signal.reason);
    if (signal.aborted) aborted();
    signal.addEventListener('abort', aborted, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', aborted));
  });
}
