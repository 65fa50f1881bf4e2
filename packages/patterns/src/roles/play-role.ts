import {
  type AgentHandle,
  describe,
  type InvokeOptions,
  MissingRoleMethodError,
  type PatternExecution,
  RoleOutputError,
} from '@kaizen-eatp/core';
import type { z } from 'zod';

/** One thing that a role does: how an agent is asked for it, and what it must answer. */
export interface RoleAct<Output> {
  /** For errors, for instance `voter`. */
  readonly role: string;
  /** The method that does it. */
  readonly method: string;
  /** What the method gets. */
  readonly input: unknown;
  /** What `run` gets of an agent without the method: the field names of Kaizen's own signatures. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** For errors: what a good answer has. */
  readonly expected: string;
  readonly output: z.ZodType<Output>;
}

/**
 * Has an agent do its part, through the guard: by the role's method if it has that, else by `run` with Kaizen's field
 * names, so that plain and remote agents need no new methods. What it returns is data and is checked as such.
 *
 * @throws RoleOutputError, and what `PatternExecution.invoke` throws.
 */
export async function playRole<Output>(
  execution: PatternExecution,
  agent: AgentHandle,
  act: RoleAct<Output>,
  options: Omit<InvokeOptions, 'method'> = {},
): Promise<Output> {
  const output = agent.can(act.method)
    ? await execution.invoke(agent, act.input, { ...options, method: act.method })
    : await execution.invoke(agent, act.fields, options);
  const parsed = act.output.safeParse(output);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = issue?.path.length ? `at ${issue.path.join('.')}` : 'as a whole';
  const received = `${describe(output)} (${where}: ${issue?.message})`;
  throw new RoleOutputError(agent.name, act.role, act.expected, received);
}

/**
 * Checks before anything is done that an agent can play a role of several methods: by all of them, or by `run` alone.
 * With some of them only, a misspelt one for instance, `run` would be asked for a part that it was not written for.
 *
 * @throws MissingRoleMethodError for an agent that has some of the methods and not the others.
 */
export function expectRole(agent: AgentHandle, ...methods: readonly string[]): void {
  const available = methods.filter((method) => agent.can(method));
  if (available.length === 0 || available.length === methods.length) return;
  const missing = methods.filter((method) => !available.includes(method));
  throw new MissingRoleMethodError(agent.name, missing, available);
}
