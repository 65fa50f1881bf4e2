import type { InvocationContext } from '@kaizen-eatp/core';
import type { AgentHandle, PatternExecution } from '@kaizen-eatp/core/plugin';
import { z } from 'zod';
import type { Awaitable } from './awaitable.js';
import { asText, fieldsOf } from './lenient.js';
import { playRole } from './play-role.js';

/** The role of the router in `router`. */
export interface Router {
  /** Routes the run's input. @returns the name of the capability that the input needs. */
  route(
    input: unknown,
    context: InvocationContext,
  ): Awaitable<string | { readonly requiredCapability: string }>;
}

const decision = z.union([
  fieldsOf({ requiredCapability: z.string().min(1) }),
  z
    .string()
    .regex(/^[^\s{[]+$/)
    .transform((requiredCapability) => ({ requiredCapability })),
]);

/**
 * Asks the router for the capability that an input needs. The router names no agent: the pattern finds one that holds the
 * capability. Method: `route(input)`, which returns `{ requiredCapability }` or the name. Through `run`: `request,
 * capabilities → required_capability`, where `capabilities` is a JSON list of the other agents' capabilities.
 */
export async function routeInput(
  execution: PatternExecution,
  router: AgentHandle,
  capabilities: readonly string[],
): Promise<string> {
  const { input } = execution;
  const { requiredCapability } = await playRole(execution, router, {
    role: 'router',
    method: 'route',
    input,
    fields: () => ({ request: asText(input), capabilities: JSON.stringify(capabilities) }),
    expected: 'requiredCapability, the name of one capability',
    output: decision,
  });
  return requiredCapability;
}
