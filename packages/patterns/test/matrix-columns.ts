import type { AgentLike } from '@kaizen-eatp/core';
import type { ScriptedAgent } from '@kaizen-eatp/testing';

/** A way in which agents are provided to a run. Whatever it is, the same must come of the same. */
export interface MatrixColumn {
  readonly name: string;
  /** Puts each scripted agent where it belongs. @returns what the runtime gets in its place, and what ends it. */
  provide(agents: Readonly<Record<string, ScriptedAgent>>): Promise<{
    readonly agents: Readonly<Record<string, AgentLike>>;
    close(): Promise<void>;
  }>;
}

/** Remote agents join as one more entry. */
export const matrixColumns: readonly MatrixColumn[] = [
  { name: 'in-process', provide: async (agents) => ({ agents, close: async () => undefined }) },
];
