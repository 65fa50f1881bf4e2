import type { EatpError } from '@kaizen-eatp/core';
import { AgentDisconnectedError } from '@kaizen-eatp/core/errors';
import { errorOf } from '../errors.js';
import type { Admitted } from '../login/admission.js';
import type { WorkerFrame } from '../protocol/frame-codec.js';
import type { Usage } from '../protocol/frame-schemas.js';
import { FRAME } from '../protocol/frame-types.js';
import type { Session } from '../session/session.js';
import { decodeValue } from '../values/value-codec.js';
import { readSoftware, type Software, type WorkerInfo } from '../worker-info.js';
import { invokeFields, LARGE_VALUE, type OutgoingCall, sizeProblem } from './outgoing-call.js';

interface CallUnderWay {
  readonly call: OutgoingCall;
  resolve(output: unknown): void;
  reject(error: unknown): void;
  release(): void;
}

/** The facts about a worker that do not change. */
export interface WorkerTerms {
  readonly agents: readonly Admitted[];
  /** Its description of itself, from HELLO. */
  readonly software: string;
  /** How many calls it takes at a time. */
  readonly maxInFlight: number;
  /** The largest message to it, in bytes. */
  readonly maxMessage: number;
}

/** Receives a notice of what happens to a worker. */
export interface WorkerEvents {
  /** It may be able to take another call. */
  onRoom(): void;
  /** It takes no more calls. */
  onDrain(): void;
}

/** A worker that was let in: the agents that it serves, and the bridge's calls that it carries out. */
export class Worker {
  readonly #calls = new Map<number, CallUnderWay>();
  #lastCall = 0;
  #reserved = 0;
  #isDraining = false;
  #ended: EatpError | undefined;

  readonly agents: readonly Admitted[];
  readonly software: string;
  /** The time of the login, in milliseconds since 1970. */
  readonly joinedAt = Date.now();
  readonly #said: Software;

  constructor(
    readonly session: Session,
    private readonly terms: WorkerTerms,
    private readonly events: WorkerEvents,
  ) {
    this.agents = terms.agents;
    this.software = terms.software;
    this.#said = readSoftware(terms.software);
    session.onOpen = () => events.onRoom();
  }

  /** A description of the worker as it is now. @param address - that of its last connection. */
  describe(address: string): WorkerInfo {
    const { session, agents, joinedAt, terms } = this;
    const state = this.#isDraining ? 'draining' : session.isAttached ? 'connected' : 'away';
    return {
      id: session.id,
      agents: agents.map(({ name }) => name),
      state,
      address,
      joinedAt,
      ...this.#said,
      inProgress: this.#calls.size,
      maxInFlight: terms.maxInFlight,
    };
  }

  /** The worker's description of itself, read. */
  get said(): Software {
    return this.#said;
  }

  /** Calls in progress, and places that are taken for calls about to be made. */
  get load(): number {
    return this.#calls.size + this.#reserved;
  }

  get isDraining(): boolean {
    return this.#isDraining;
  }

  get isEnded(): boolean {
    return this.#ended !== undefined;
  }

  get canTake(): boolean {
    // A call that would wait for the worker to read others waits in the pool, where it is not kept as bytes as well.
    const isOpen = this.session.isAttached && this.session.isOpen;
    return !this.#ended && !this.#isDraining && isOpen && this.load < this.terms.maxInFlight;
  }

  /** Takes a place for a call. @returns what gives it up again; only the first call counts. */
  reserve(): () => void {
    let isHeld = true;
    this.#reserved += 1;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      this.#reserved -= 1;
      this.events.onRoom();
    };
  }

  serves(agent: string): boolean {
    return this.agents.some(({ name }) => name === agent);
  }

  /** A call in progress, for the calls that its agent makes meanwhile. */
  inProgress(call: number): OutgoingCall | undefined {
    return this.#calls.get(call)?.call;
  }

  /** Takes the number of a call that is about to be made. A number is used at most once in a session. */
  nextCall(): number {
    this.#lastCall += 1;
    return this.#lastCall;
  }

  /** Names one delivery to this worker: no other session has this name, so a proof for it is good only here, and once. */
  audienceOf(call: number): string {
    return `${this.session.id}/${call}`;
  }

  /**
   * @returns what the agent returned.
   * @throws AgentDisconnectedError if contact was lost, PythonAgentError if it raised, BridgeError.
   */
  call(call: OutgoingCall): Promise<unknown> {
    const problem = this.#ended ?? sizeProblem(call, this.terms.maxMessage);
    if (problem) return Promise.reject(problem);
    if (call.signal?.aborted) return Promise.reject(call.signal.reason);
    return new Promise((resolve, reject) => {
      const { number, signal } = call;
      const cancel = (): void => {
        // The call keeps its place until the worker says that it has ended.
        reject(signal?.reason);
        this.send(FRAME.cancel, { call: number, reason: reasonOf(signal) });
      };
      const release = (): void => signal?.removeEventListener('abort', cancel);
      this.#calls.set(number, { call, resolve, reject, release });
      this.send(FRAME.invoke, invokeFields(call));
      signal?.addEventListener('abort', cancel, { once: true });
    });
  }

  /** Takes what the worker says of the calls that it has of us. */
  take(frame: WorkerFrame): void {
    switch (frame.name) {
      case 'result':
        return this.finish(frame.body.call, ({ resolve, reject }) => {
          const { output } = frame.body;
          const read = (): void => {
            try {
              resolve(decodeValue(output));
            } catch (error) {
              reject(error);
            }
          };
          // Other work has its turn between the arrival of a large value and its reading.
          if (output.length > LARGE_VALUE) setTimeout(read);
          else read();
        });
      case 'fail':
        return this.finish(frame.body.call, ({ call, reject }) => reject(errorOf(call.agent, frame.body)));
      case 'progress':
        return this.progress(frame.body.call, frame.body.value);
      case 'usage':
        return this.usage(frame.body);
      case 'drain':
        this.#isDraining = true;
        this.events.onDrain();
        return this.events.onRoom();
      default:
        return;
    }
  }

  /** Sends a frame when there is room for it. */
  send(type: Parameters<Session['send']>[0], body: object, size = 0): void {
    try {
      // If the session ends while the frame waits for room, end() fails its call.
      this.session.send(type, body, size)?.catch(() => undefined);
    } catch {
      // The session has ended, and with it every call.
    }
  }

  /** Ends the worker. The outcome of the calls in progress is unknown. */
  end(reason: string): void {
    if (this.#ended) return;
    const ended = new AgentDisconnectedError(this.agents.map(({ name }) => name).join(', '), reason);
    this.#ended = ended;
    this.session.end(ended);
    for (const { call, reject, release } of this.#calls.values()) {
      release();
      reject(new AgentDisconnectedError(call.agent, reason));
    }
    this.#calls.clear();
    this.events.onRoom();
  }

  private finish(number: number, settle: (call: CallUnderWay) => void): void {
    const underWay = this.#calls.get(number);
    if (!underWay) return;
    this.#calls.delete(number);
    underWay.release();
    settle(underWay);
    this.events.onRoom();
  }

  private progress(number: number, value: Uint8Array): void {
    const { call } = this.#calls.get(number) ?? {};
    if (!call?.onProgress || call.signal?.aborted) return;
    try {
      call.onProgress(decodeValue(value));
    } catch {
      // Progress that cannot be read is dropped.
    }
  }

  private usage({ call, tokens, cost }: Usage): void {
    try {
      this.#calls.get(call)?.call.context?.reportUsage({ tokens, cost });
    } catch {
      // The invocation has ended on this side, and its outcome with the sum is recorded.
    }
  }
}

function reasonOf(signal: AbortSignal | undefined): string {
  const reason: unknown = signal?.reason;
  return (reason instanceof Error ? reason.message : String(reason)).slice(0, 1_000);
}
