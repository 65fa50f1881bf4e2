import type { TrustStore } from '@kaizen-eatp/core/store';
import { type Person, type ScriptedAgent, type TrustWorld, trustWorld } from '@kaizen-eatp/testing';

/** An agent of the matrix, and what is known of it. */
export type Cast = Readonly<Record<string, Person & { readonly agent: ScriptedAgent }>>;

/** A way in which agents are provided to a run. The outcome must not depend on it. */
export interface MatrixColumn {
  readonly name: string;
  /** Makes a world in which each scripted agent is where it belongs. */
  world(cast: Cast, store: TrustStore): Promise<TrustWorld & { close(): Promise<void> }>;
}

export const inProcess: MatrixColumn = {
  name: 'in-process',
  world: async (agents, store) => ({
    ...(await trustWorld({ agents, store })),
    close: async () => undefined,
  }),
};
