import { describeThrown } from '@kaizen-eatp/core/errors';
import { notify } from '@kaizen-eatp/core/plugin';
import type { AgentHealth } from './registered-agent.js';
import type { Selection } from './selection.js';
import type { TrustStatus } from './trust-status.js';

/** An event of a registry, emitted as it happens. */
export type RegistryEvent =
  | { readonly type: 'registered'; readonly agentId: string; readonly status: TrustStatus }
  | { readonly type: 'deregistered'; readonly agentId: string }
  /** The chain was changed, and the agent is indexed again. */
  | { readonly type: 'trust_changed'; readonly agentId: string; readonly status: TrustStatus }
  /** The chain could not be read; the agent is not found until it can be. */
  | { readonly type: 'trust_unknown'; readonly agentId: string; readonly error: unknown }
  | { readonly type: 'health_changed'; readonly agentId: string; readonly health: AgentHealth }
  /** `lookedAt`: how many agents were considered until one would do. */
  | {
      readonly type: 'selected';
      readonly agentId: string;
      readonly capability: string;
      readonly selection: Selection;
      readonly lookedAt: number;
    }
  /** All agents that were found for a capability, in the order of the selection. */
  | {
      readonly type: 'listed';
      readonly agentIds: readonly string[];
      readonly capability: string;
      readonly selection: Selection;
      readonly lookedAt: number;
    }
  | {
      readonly type: 'not_found';
      readonly capability: string;
      readonly selection: Selection;
      readonly lookedAt: number;
    };

/** The name of an event. */
export type RegistryEventType = RegistryEvent['type'];

export const EVENT_TYPES: readonly RegistryEventType[] = [
  'registered',
  'deregistered',
  'trust_changed',
  'trust_unknown',
  'health_changed',
  'selected',
  'listed',
  'not_found',
];

type Listener = (event: never) => void;

/** Calls listeners. One that fails does not keep the others from being called, and becomes a warning of the process. */
export class RegistryEvents {
  readonly #listeners = new Map<RegistryEventType, Set<Listener>>();

  on<Type extends RegistryEventType>(
    type: Type,
    listener: (event: Extract<RegistryEvent, { type: Type }>) => void,
  ): () => void {
    const listeners = this.#listeners.get(type) ?? new Set();
    this.#listeners.set(type, listeners);
    const own: Listener = (event) => listener(event);
    listeners.add(own);
    return () => listeners.delete(own);
  }

  emit(event: RegistryEvent): void {
    for (const listener of this.#listeners.get(event.type) ?? []) notify(listener, event as never, warn);
  }
}

const warn = (error: unknown): void =>
  process.emitWarning(
    `A listener of the agent registry failed: ${describeThrown(error)}`,
    'AgentRegistryWarning',
  );
