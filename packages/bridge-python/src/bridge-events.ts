import { describe, InvalidArgumentError } from '@kaizen-eatp/core/errors';
import { callListener } from './call-listener.js';
import type { VerifyMode, WorkerInfo } from './worker-info.js';

/** An event of a bridge. */
export type BridgeEvent =
  /** An agent can be called: a first worker serves it. */
  | {
      readonly type: 'joined';
      readonly agent: string;
      readonly agentId: string;
      /** The worker's description of itself, in one line. */
      readonly software: string;
      /** How the worker checks calls; `unknown` if it does not say. */
      readonly verify: VerifyMode;
      /** The versions that it runs with, by package: `kaizen-eatp-bridge`, `python`, `kailash` and others. */
      readonly versions: Readonly<Record<string, string>>;
    }
  /** An agent is gone: the last worker that served it left, or stayed away for longer than `grace`. */
  | { readonly type: 'left'; readonly agent: string; readonly agentId: string; readonly reason: string }
  /** A worker joined. Its agents may have other workers already. */
  | { readonly type: 'workerJoined'; readonly worker: WorkerInfo }
  /** A worker takes no more calls, finishes those in progress and leaves. */
  | { readonly type: 'workerDraining'; readonly worker: WorkerInfo }
  /** A worker is gone. */
  | { readonly type: 'workerLeft'; readonly worker: WorkerInfo; readonly reason: string }
  /** Something works, but not as it should: `RELEASE_DIFFERS`, a worker of another release. */
  | { readonly type: 'warning'; readonly code: 'RELEASE_DIFFERS'; readonly message: string }
  /** The connection of a worker was lost; its session waits for it. */
  | { readonly type: 'interrupted'; readonly agents: readonly string[] }
  /** It is back, and nothing was lost. */
  | { readonly type: 'resumed'; readonly agents: readonly string[] }
  /** A worker was not let in. */
  | { readonly type: 'refused'; readonly address: string; readonly code: string; readonly message: string }
  /** A peer broke the protocol; its connection was ended. */
  | { readonly type: 'violation'; readonly address: string; readonly code: string; readonly message: string };

/** How often things happened that should not. */
export interface BridgeCounters {
  /** Logins refused, by code. */
  readonly refused: Readonly<Record<string, number>>;
  /** Violations of the protocol, by close reason. */
  readonly violations: Readonly<Record<string, number>>;
  /** Frames that came a second time and were dropped. */
  readonly duplicates: number;
  /** Connections ended because too many had not logged in. */
  readonly crowdedOut: number;
}

type Listener = (event: BridgeEvent) => void;

/** The types of all events. */
export const EVENT_TYPES: readonly BridgeEvent['type'][] = [
  'joined',
  'left',
  'workerJoined',
  'workerDraining',
  'workerLeft',
  'warning',
  'interrupted',
  'resumed',
  'refused',
  'violation',
];

/** Calls the listeners, and counts. */
export class BridgeEvents {
  readonly #listeners = new Map<string, Set<Listener>>();
  readonly #refused: Record<string, number> = {};
  readonly #violations: Record<string, number> = {};
  crowdedOut = 0;
  duplicates = 0;

  /** @throws InvalidArgumentError. */
  on(type: BridgeEvent['type'], listener: Listener): () => void {
    if (!EVENT_TYPES.includes(type)) {
      throw new InvalidArgumentError('A bridge has no such event', {
        expected: EVENT_TYPES.join(', '),
        received: describe(type),
        remedy: 'Correct the name of the event.',
      });
    }
    if (typeof listener !== 'function') {
      throw new InvalidArgumentError('`listener` must be a function', {
        received: describe(listener),
        remedy: 'Pass a function that gets the event.',
      });
    }
    const listeners = this.#listeners.get(type) ?? new Set();
    this.#listeners.set(type, listeners);
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }

  emit(event: BridgeEvent): void {
    if (event.type === 'refused') this.#refused[event.code] = (this.#refused[event.code] ?? 0) + 1;
    if (event.type === 'violation') this.#violations[event.code] = (this.#violations[event.code] ?? 0) + 1;
    for (const listener of this.#listeners.get(event.type) ?? []) callListener(listener, event);
  }

  get counters(): BridgeCounters {
    return {
      refused: { ...this.#refused },
      violations: { ...this.#violations },
      duplicates: this.duplicates,
      crowdedOut: this.crowdedOut,
    };
  }
}
