import { describe, InvalidArgumentError } from '../errors/index.js';
import { TrustOperations } from '../operations/trust-operations.js';
import type { AgentLike, ToolFunction, TrustedTool } from './agent-like.js';

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
