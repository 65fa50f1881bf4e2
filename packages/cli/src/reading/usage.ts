import { isEatpError } from '@kaizen-eatp/core';
import type { AgentUsage, RunUsage } from '@kaizen-eatp/core/records';
import { usageOfRun } from '@kaizen-eatp/core/store';
import type { OpenStore } from '../session/open-store.js';

/**
 * Reads what the agents of a run reported that they used; undefined if a record cannot be read, since then there is no sum.
 *
 * @throws StoreError.
 */
export async function readUsage(store: OpenStore, runId: string): Promise<RunUsage | undefined> {
  try {
    return await usageOfRun(store, runId);
  } catch (error) {
    if (isEatpError(error, 'MALFORMED_RECORD', 'MALFORMED_JSON')) return undefined;
    throw error;
  }
}

/** The usage of a run as labelled values: altogether, and by agent. */
export function usageFields(usage: RunUsage | undefined): [label: string, value: string][] {
  if (!usage) return [['Usage', 'cannot be read; verify the trail']];
  const agents = Object.entries(usage.agents);
  if (agents.length === 0) return [];
  return [
    ['Usage', describeUsage(usage)],
    ...agents.map(([id, used]): [string, string] => [`Usage of ${id}`, describeUsage(used)]),
  ];
}

const describeUsage = ({ tokens, cost }: AgentUsage): string =>
  `${tokens.toLocaleString('en-US')} tokens, cost ${cost}`;
