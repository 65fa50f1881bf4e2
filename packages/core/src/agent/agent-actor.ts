import { UnknownToolError } from '../errors/index.js';
import type { Actor, Tool } from '../invocation/actor.js';
import type { ApprovalTerms } from '../invocation/approval-request.js';
import type { Deployment } from '../trust/deployment.js';
import { SourceMethods } from './source-methods.js';

/** The methods and tools that do a trusted agent's work. */
export class AgentActor extends SourceMethods implements Actor {
  /** Whether the agent may be called again after the process ended while it worked. */
  readonly interrupted: 'unknown' | 'retry';
  /** The people who must approve each invocation. */
  readonly requiresApproval: ApprovalTerms | undefined;
  readonly #tools: ReadonlyMap<string, Tool>;

  constructor(
    /** The object whose methods are called. */
    readonly agent: object,
    id: string,
    name: string,
    /** The deployment that the agent belongs to. */
    readonly deployment: Deployment,
    parts: {
      readonly source: unknown;
      readonly methods: readonly string[];
      readonly tools: ReadonlyMap<string, Tool>;
      readonly interrupted?: 'unknown' | 'retry' | undefined;
      readonly requiresApproval?: ApprovalTerms | undefined;
    },
  ) {
    super(id, name, parts.source, parts.methods);
    this.#tools = parts.tools;
    this.interrupted = parts.interrupted ?? 'unknown';
    this.requiresApproval = parts.requiresApproval;
  }

  /** Returns a tool by its name. */
  tool(name: string): Tool {
    const tool = this.#tools.get(name);
    if (tool) return tool;
    throw new UnknownToolError(this.name, name, [...this.#tools.keys()]);
  }
}
