import { describe, InvalidArgumentError } from '../errors/index.js';
import type { Tool } from '../invocation/actor.js';
import { type ApprovalTerms, approvalTerms } from '../invocation/approval-request.js';
import type { InvocationContext } from '../invocation/context.js';
import { parseOptions } from '../wire/index.js';

/** A tool's work. */
export type ToolFunction = (args: never, context: InvocationContext) => unknown;

/** A tool that an agent is allowed to use if it holds the capability. */
export interface TrustedTool {
  /** The capability that a call of the tool requires. Default: the tool's own name. */
  readonly capability?: string;
  /**
   * The effect of the tool on the world. `read_only` refuses a tool that does not declare `read`. Default: not
   * declared, which `read_only` treats as `write`.
   */
  readonly effects?: 'read' | 'write';
  /**
   * The people who must approve each call of the tool, with its arguments as records show them. It can then be called in
   * durable runs only. Default: none.
   */
  readonly requiresApproval?: ApprovalTerms;
  /** Does the work. */
  readonly run: ToolFunction;
}

const KNOWN = ['capability', 'effects', 'requiresApproval', 'run'];

/** Reads an agent's tools, once. @throws InvalidArgumentError. */
export function parseTools(given: unknown): ReadonlyMap<string, Tool> {
  const tools = new Map<string, Tool>();
  if (given === undefined) return tools;
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new InvalidArgumentError('`tools` must be an object of tools by name', {
      expected: 'for instance { search: (args) => … }',
      received: describe(given),
      remedy: 'Pass an object, or omit `tools`.',
    });
  }
  for (const [name, tool] of Object.entries(given)) tools.set(name, Object.freeze(parseTool(name, tool)));
  return tools;
}

function parseTool(name: string, given: unknown): Tool {
  if (typeof given === 'function') return toolOf(name, given, undefined, undefined);
  if (typeof given === 'object' && given !== null) {
    const { capability, effects, requiresApproval, run } = given as Record<string, unknown>;
    const unknown = Object.keys(given).find((option) => !KNOWN.includes(option));
    if (typeof run === 'function') {
      if (unknown !== undefined) throw wrong(name, `\`${unknown}\``, `only ${KNOWN.join(', ')}`);
      const tool = toolOf(name, run, capability, effects, given);
      if (requiresApproval === undefined) return tool;
      const terms = parseOptions(approvalTerms, requiresApproval, `\`requiresApproval\` of tool '${name}'`);
      return { ...tool, requiresApproval: terms as ApprovalTerms };
    }
  }
  throw new InvalidArgumentError(`Tool '${name}' is not callable`, {
    expected: 'a function, or an object with `run`',
    received: describe(given),
    remedy: 'Pass the function that does the work of the tool.',
  });
}

function toolOf(
  name: string,
  run: unknown,
  capability: unknown,
  effects: unknown,
  self: unknown = undefined,
): Tool {
  if (capability !== undefined && (typeof capability !== 'string' || capability === ''))
    throw wrong(name, `\`capability\` ${describe(capability)}`, 'the name of a capability');
  if (effects !== undefined && effects !== 'read' && effects !== 'write')
    throw wrong(name, `\`effects\` ${describe(effects)}`, "'read' or 'write'");
  return {
    name,
    capability: capability ?? name,
    effects,
    requiresApproval: undefined,
    run: (args, context) => Reflect.apply(run as (...given: unknown[]) => unknown, self, [args, context]),
  };
}

const wrong = (name: string, received: string, expected: string): InvalidArgumentError =>
  new InvalidArgumentError(`Tool '${name}' has an invalid option`, {
    expected,
    received,
    remedy: 'Correct the option, or omit it.',
  });
