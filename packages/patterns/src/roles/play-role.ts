import { describe, MissingRoleMethodError, RoleOutputError } from '@kaizen-eatp/core/errors';
import type { AgentHandle, InvokeOptions, PatternExecution } from '@kaizen-eatp/core/plugin';
import type { z } from 'zod';
import { isPlainObject } from './lenient.js';

/** One act of a role: the question to the agent, and the form of its answer. */
export interface RoleAct<Output> {
  /** The role's name for error messages, for instance `voter`. */
  readonly role: string;
  /** The role's method. */
  readonly method: string;
  /** The input of the method. */
  readonly input: unknown;
  /** The input of `run`, for an agent without the method: the fields of Kaizen's own signatures. */
  fields(): Readonly<Record<string, unknown>>;
  /** The expected answer, for error messages. */
  readonly expected: string;
  /** Reads the answer. */
  readonly output: z.ZodType<Output>;
}

/**
 * Invokes an agent for its part through the guard: by the role's method if the agent has it, else by `run` with Kaizen's
 * field names, so that plain and remote agents need no new methods. The answer is checked before it is used.
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

/** Finds the issue to report. Where an answer can have several forms, it is the issue of the most similar form. */
function issueOf(issues: readonly z.core.$ZodIssue[]): Issue {
  const issue = issues[0] as z.core.$ZodIssue;
  if (issue.code !== 'invalid_union') return issue;
  const forms = issue.errors.filter((form) => form.length > 0).map(issueOf);
  const isOfThisForm = ({ path, message }: Issue): boolean =>
    path.length > 0 || !message.startsWith('Invalid input: expected');
  const nearest = forms.find(isOfThisForm);
  return nearest ? { ...nearest, path: [...issue.path, ...nearest.path] } : issue;
}

/** Describes an answer by the names of its fields, since their values can be confidential. */
function describeAnswer(output: unknown): string {
  if (!isPlainObject(output)) return describe(output);
  const names = Object.keys(output);
  return names.length === 0 ? 'an object without fields' : `an object with ${names.slice(0, 10).join(', ')}`;
}

/**
 * Checks before the first step that an agent can play a role with several methods: by all of them, or by `run` alone. If an
 * agent had only some of them, for instance since one is misspelt, `run` would receive input that it does not expect.
 *
 * @throws MissingRoleMethodError for an agent that has some of the methods and not the others.
 */
export function expectRole(agent: AgentHandle, ...methods: readonly string[]): void {
  const available = methods.filter((method) => agent.can(method));
  if (available.length === 0 || available.length === methods.length) return;
  const missing = methods.filter((method) => !available.includes(method));
  throw new MissingRoleMethodError(agent.name, missing, available);
}
