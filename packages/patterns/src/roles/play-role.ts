import { describe, MissingRoleMethodError, RoleOutputError } from '@kaizen-eatp/core/errors';
import type { AgentHandle, InvokeOptions, PatternExecution } from '@kaizen-eatp/core/plugin';
import type { z } from 'zod';
import { isPlainObject } from './lenient.js';

/** One thing that a role does: how an agent is asked for it, and what it must answer. */
export interface RoleAct<Output> {
  /** For errors, for instance `voter`. */
  readonly role: string;
  /** The method that does it. */
  readonly method: string;
  /** What the method gets. */
  readonly input: unknown;
  /** What `run` gets of an agent without the method: the field names of Kaizen's own signatures. */
  fields(): Readonly<Record<string, unknown>>;
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
    : await execution.invoke(agent, act.fields(), options);
  const parsed = act.output.safeParse(output);
  if (parsed.success) return parsed.data;
  const { path, message } = issueOf(parsed.error.issues);
  const where = path.length > 0 ? `at ${path.join('.')}` : 'as a whole';
  const received = `${describeAnswer(output)} (${where}: ${message})`;
  throw new RoleOutputError(agent.name, act.role, act.expected, received);
}

interface Issue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** Of several forms that an answer may have, what is wrong with the one that it comes nearest to. */
function issueOf(issues: readonly z.core.$ZodIssue[]): Issue {
  const issue = issues[0] as z.core.$ZodIssue;
  if (issue.code !== 'invalid_union') return issue;
  const forms = issue.errors.filter((form) => form.length > 0).map(issueOf);
  const isOfThisForm = ({ path, message }: Issue): boolean =>
    path.length > 0 || !message.startsWith('Invalid input: expected');
  const nearest = forms.find(isOfThisForm);
  return nearest ? { ...nearest, path: [...issue.path, ...nearest.path] } : issue;
}

/** By its fields; what is in them may be confidential. */
function describeAnswer(output: unknown): string {
  if (!isPlainObject(output)) return describe(output);
  const names = Object.keys(output);
  return names.length === 0 ? 'an object without fields' : `an object with ${names.slice(0, 10).join(', ')}`;
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
