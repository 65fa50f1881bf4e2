import { describe, expectObject, InvalidArgumentError } from '../errors/index.js';
import { expectHumanOrigin } from '../trust/audit/audit.js';
import { TrustOperations } from '../trust/trust-operations.js';
import type { AgentLike, ToolFunction, TrustedTool } from './agent-like.js';
import type { RunOptions } from './trusted-agent.js';

export function checkTrust(trust: unknown): TrustOperations {
  if (trust instanceof TrustOperations) return trust;
  throw new InvalidArgumentError('An agent needs `trust`', {
    expected: 'a TrustOperations',
    received: describe(trust),
    remedy: 'Pass the one of the deployment that the agent belongs to.',
  });
}

export function checkName(name: unknown): string {
  if (typeof name === 'string' && name.length > 0) return name;
  throw new InvalidArgumentError('An agent needs a name', {
    expected: "a text, for instance 'analyst'",
    received: describe(name),
    remedy: 'Pass `name`.',
  });
}

/** @throws InvalidArgumentError. */
export function asAgent(name: string, agent: unknown): AgentLike {
  if (typeof agent === 'function') return { run: agent as AgentLike['run'] };
  if (typeof (agent as AgentLike | null)?.run === 'function') return agent as AgentLike;
  throw new InvalidArgumentError(`There is nothing to run for agent '${name}'`, {
    expected: 'a function, or an object with a method `run`',
    received: describe(agent),
    remedy: 'Pass it as `agent`.',
  });
}

/** @throws InvalidArgumentError. */
export function asTools(
  given: Readonly<Record<string, ToolFunction | TrustedTool>>,
): Readonly<Record<string, TrustedTool>> {
  return Object.fromEntries(Object.entries(given).map(([name, tool]) => [name, asTool(name, tool)]));
}

function asTool(name: string, tool: ToolFunction | TrustedTool): TrustedTool {
  if (typeof tool === 'function') return { run: tool };
  if (typeof tool?.run === 'function') return { ...tool };
  throw new InvalidArgumentError(`Tool '${name}' is nothing to call`, {
    expected: 'a function, or an object with a method `run`',
    received: describe(tool),
    remedy: 'Pass what the tool does.',
  });
}

/** @throws InvalidArgumentError. */
export function checkRunOptions(options: RunOptions): void {
  expectObject(options, 'a run of an agent', "{ taskId: 'analysis-001' }");
  for (const name of ['action', 'taskId'] as const) {
    const value = options[name];
    if (value === undefined || (typeof value === 'string' && value.length > 0 && value.length <= 256))
      continue;
    throw new InvalidArgumentError(`\`${name}\` is not a name`, {
      expected: 'a text of 1 to 256 characters',
      received: describe(value),
      remedy: 'Leave it out, or correct it.',
    });
  }
  if (options.signal !== undefined && !(options.signal instanceof AbortSignal)) {
    throw new InvalidArgumentError('`signal` is not an AbortSignal', {
      expected: 'an AbortSignal',
      received: describe(options.signal),
      remedy: 'Pass the `signal` of an AbortController.',
    });
  }
  expectHumanOrigin(options.humanOrigin);
}
