import type { InvocationContext } from '@kaizen-eatp/core';
import type { AgentHandle, PatternExecution } from '@kaizen-eatp/core/plugin';
import { z } from 'zod';
import type { Awaitable } from './awaitable.js';
import { asText, fieldsOf } from './lenient.js';
import { playRole } from './play-role.js';

/** Role of `router`. */
export interface Router {
  /** @returns the name of the capability that the run's input needs. */
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
 * The router names the capability that an input needs, and no more than that: who holds it is not for it to say.
 * `route(input)` returns `{ requiredCapability }` or the bare name; through `run`: `request, capabilities` (a JSON
 * list of what the other agents hold) `→ required_capability`.
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
