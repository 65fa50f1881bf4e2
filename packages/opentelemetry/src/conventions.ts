/**
 * The names of spans, attributes and metrics. Names that start with `gen_ai.` and `error.` are those of
 * {@link CONVENTIONS_REVISION}; names that start with `eatp.` are ours.
 */

/** The revision of the GenAI conventions that the names follow. */
export const CONVENTIONS_REVISION = 'open-telemetry/semantic-conventions-genai v0.1.0';

/** The values of `gen_ai.operation.name`. */
export const OPERATION = {
  workflow: 'invoke_workflow',
  agent: 'invoke_agent',
  tool: 'execute_tool',
  plan: 'plan',
} as const;

/** The attributes of the conventions. */
export const GEN_AI = {
  operation: 'gen_ai.operation.name',
  provider: 'gen_ai.provider.name',
  agentId: 'gen_ai.agent.id',
  agentName: 'gen_ai.agent.name',
  conversationId: 'gen_ai.conversation.id',
  toolName: 'gen_ai.tool.name',
  toolType: 'gen_ai.tool.type',
  toolArguments: 'gen_ai.tool.call.arguments',
  toolResult: 'gen_ai.tool.call.result',
  inputMessages: 'gen_ai.input.messages',
  outputMessages: 'gen_ai.output.messages',
  errorType: 'error.type',
} as const;

/** Our attributes. */
export const EATP = {
  runId: 'eatp.run.id',
  taskId: 'eatp.task.id',
  pattern: 'eatp.pattern',
  invocationId: 'eatp.invocation.id',
  agentId: 'eatp.agent.id',
  action: 'eatp.action',
  method: 'eatp.method',
  effects: 'eatp.tool.effects',
  delegationId: 'eatp.delegation.id',
  delegator: 'eatp.delegation.from',
  delegatee: 'eatp.delegation.to',
  anchorId: 'eatp.anchor.id',
  sequence: 'eatp.trail.sequence',
  result: 'eatp.result',
  outcome: 'eatp.outcome',
  verdict: 'eatp.verdict',
  denialCode: 'eatp.denial.code',
  unenforced: 'eatp.constraints.unenforced',
  isRemote: 'eatp.agent.remote',
  code: 'eatp.code',
} as const;

/** The names of span events and log records. */
export const EVENT = {
  anchor: 'eatp.anchor',
  delegation: 'eatp.delegation',
  denial: 'eatp.denial',
} as const;

/** The names of metrics. */
export const METRIC = {
  agentDuration: 'gen_ai.invoke_agent.duration',
  toolDuration: 'gen_ai.execute_tool.duration',
  verifications: 'eatp.verifications',
  verificationDuration: 'eatp.verification.duration',
  revocationDelay: 'eatp.revocation.delay',
  bridgeAgents: 'eatp.bridge.agents',
  bridgeInterruptions: 'eatp.bridge.interruptions',
  bridgeRefused: 'eatp.bridge.logins.refused',
  bridgeViolations: 'eatp.bridge.violations',
  bridgeDuplicates: 'eatp.bridge.duplicates',
} as const;

/** The methods by which agents plan in the nine patterns: they split tasks and choose agents. */
export const PLANNING_METHODS: ReadonlySet<string> = new Set([
  'decomposeTask',
  'route',
  'selectSpecialist',
  'evaluateTask',
]);

/** The name of the instrumentation. */
export const SCOPE = '@kaizen-eatp/opentelemetry';

/** The value of `gen_ai.provider.name` for agents in other processes. */
export const PROVIDER = 'kaizen_eatp';
