import type { ErrorCodeText } from './error-code-text.js';

/** Describes the codes about arguments, records, invocations, stores, patterns, agents, runs and workflows. */
export const WORK_ERROR_CODE_TEXTS = {
  INVALID_ARGUMENT: {
    meaning: 'An argument or option of a public function is invalid. Nothing was done.',
    cause: 'A value of the wrong type or form, or a misspelt option: unknown options are refused everywhere.',
    remedy: 'Correct the argument that the message names.',
  },
  UNSUPPORTED_VALUE: {
    meaning: 'A value has no canonical form, so it can be neither signed nor stored.',
    cause: 'A function, a stream, a cycle or an instance of an unknown class, at the path in the message.',
    remedy:
      'Convert the value to plain data, or pass it as opaque(value) if the record need not describe it.',
  },
  MALFORMED_JSON: {
    meaning: 'A string is not valid JSON.',
    cause: 'A file or a message was cut, edited, or written in another format.',
    remedy: 'Get the string again from where it was written.',
  },
  MALFORMED_RECORD: {
    meaning: 'JSON was read, but it is not the record that was expected.',
    cause: 'A field is missing or has the wrong type, or the record is of another kind or version.',
    remedy: 'Compare the record with its kind; the message names the field.',
  },
  STANDALONE_REQUIRED: {
    meaning: 'An agent was called through its object while it was being invoked.',
    cause: 'Code of the agent calls `agent.callTool` or `agent.run` instead of using its context.',
    remedy: 'Call context.callTool, context.invoke or context.delegate, or pass { standalone: true }.',
  },
  CONTEXT_REQUIRED: {
    meaning: 'A run was started inside an invocation and does not name it.',
    cause: 'Code of an agent calls `execute` without `within`.',
    remedy: 'Pass { within: context }.',
  },
  INVOCATION_ENDED: {
    meaning: 'A context was used after its invocation had ended.',
    cause: 'A timer, a promise that was not awaited, or a context that was kept for later.',
    remedy: 'Await everything before the agent returns.',
  },
  METHOD_NOT_DECLARED: {
    meaning: 'A pattern asked for a method that neither a role names nor the agent declares.',
    cause: 'A misspelt name, or a method that is public in the code but not meant for patterns.',
    remedy: 'Declare the method on the TrustedAgent if patterns are to call it.',
  },
  NESTING_TOO_DEEP: {
    meaning: 'Runs or invocations are nested deeper than `maxNesting`.',
    cause: 'Usually agents that invoke each other in a circle.',
    remedy: 'Break the circle, or raise `maxNesting`.',
  },
  STORE_CONFLICT: {
    meaning: 'Another writer changed a record first. Nothing of this commit was stored.',
    cause: 'Two processes changed the same record concurrently.',
    remedy: 'Read the record again, and repeat the change if it is still wanted.',
  },
  STORE_NOT_FOUND: {
    meaning: 'There is no trust store in the place that was named. Nothing was created.',
    cause: 'A misspelt file or schema, or a deployment that was never set up.',
    remedy:
      'Correct the name. `kaizen-eatp init --name NAME` creates a deployment; in code, omit `create: false`.',
  },
  STORE_FAILED: {
    meaning: 'The store failed. The message says whether it is known that nothing was written.',
    cause: 'A full disk, a lock, a lost connection, missing rights, or a closed store.',
    remedy: 'Repair what the message names. If the outcome is unknown, read the trail before writing again.',
  },
  STORE_NOT_OWNER: {
    meaning:
      'A process wrote to a durable run, or began an act, that another process has taken over. Nothing of this commit was stored.',
    cause: 'The process was stopped or cut off for so long that another one took its work over.',
    remedy:
      'Let the owner continue a durable run. Start other work again: the process goes on under another name.',
  },
  STORE_ROLLED_BACK: {
    meaning:
      'The store holds fewer or other signed statements than this process has read before. Everything is denied.',
    cause: 'An older copy of the store was put in place, or statements were changed or deleted.',
    remedy: 'Stop writing to the store, and put its newest copy back.',
  },
  STATEMENTS_INVALID: {
    meaning: 'A signed statement about authorities, keys or revocations is damaged. Everything is denied.',
    cause: 'The statements were changed in the store, or the store is damaged.',
    remedy: 'Call doctor(), which names the statement, and put a good copy of the store back.',
  },
  TRAIL_FORK: {
    meaning: 'An anchor does not follow the head of its trail. Nothing of this commit was stored.',
    cause: 'A second writer wrote to a trail that has one owner, or a backup was restored during a run.',
    remedy: 'Start a new run, and find the second writer.',
  },
  OUTCOME_NOT_RECORDED: {
    meaning: 'An agent acted, and then its outcome could not be recorded. The action may have been done.',
    cause: 'The store or the key manager failed between the intent and the outcome.',
    remedy: 'Check the system that the agent acted on before you let any agent do the action again.',
  },
  RUN_SUSPENDED: {
    meaning: 'A process stopped to execute a durable run, which continues later or elsewhere.',
    cause: 'The run waits for a time or a person, the worker drains, or another process took the run over.',
    remedy: 'Nothing: the run continues from what is stored.',
  },
  RUN_DIVERGED: {
    meaning: 'A durable run took another way than before, so that its recorded outcomes do not fit.',
    cause: 'The code of the pattern was changed, or it uses a clock, a timer, Math.random() or its own I/O.',
    remedy: 'Let a worker with the earlier version continue the run, or cancel the run.',
  },
  RUN_NOT_FOUND: {
    meaning: 'The store has no durable run with this id.',
    cause: 'A misspelt id, another store, or a run that was started with `execute`.',
    remedy: 'Check the id and the store.',
  },
  DURABLE_RUN_REQUIRED: {
    meaning: 'A call needs a durable run and was made elsewhere. The agent did not act.',
    cause: 'An approval was requested, or is required, in a run of `execute`, or outside runs.',
    remedy: 'Start the run with `submit`, and serve it with a worker.',
  },
  APPROVAL_REFUSED: {
    meaning: 'The answer to an approval request was not accepted. It has no effect.',
    cause: 'Another action, another person, an invalid signature, a second answer, or a late one.',
    remedy: 'Read the open requests, and let an approver whom the request names sign an answer.',
  },
  APPROVAL_NOT_GIVEN: {
    meaning: 'People did not approve an action that required it. The agent did not act.',
    cause: 'An approver rejected the request, or no approver answered in time.',
    remedy: 'Ask again if the decision can change.',
  },
  UNKNOWN_PATTERN: {
    meaning: 'The runtime has no pattern with this name.',
    cause: 'A misspelt name, or a pattern that was not passed to the runtime.',
    remedy: 'Pass the pattern in `patterns`, or correct its name.',
  },
  INVALID_PATTERN_OPTIONS: {
    meaning: 'The options of a pattern do not match its schema. No agent was invoked.',
    cause: 'An option is misspelt, missing, of the wrong type, or belongs to another pattern.',
    remedy: 'Correct the options that the message lists.',
  },
  PATTERN_CONTRACT_BROKEN: {
    meaning: 'The code of a pattern did what the plugin contract forbids.',
    cause: 'For instance, it used its execution after the run had ended.',
    remedy: 'Correct the pattern; "Writing a pattern" describes the contract.',
  },
  PATTERN_FAILED: {
    meaning: 'The code of a pattern threw an error.',
    cause: 'A defect of the pattern, or an error that it throws on purpose.',
    remedy: "See `cause` for the pattern's error.",
  },
  MISSING_ROLE_METHOD: {
    meaning: 'An agent has none of the methods that its role needs.',
    cause: 'The object behind the agent was written for another role.',
    remedy: 'Add a method that the message names, or choose another agent.',
  },
  ROLE_OUTPUT_INVALID: {
    meaning: 'An agent returned something that its role does not allow.',
    cause: 'Often a language model that did not keep to the requested form.',
    remedy: 'Return the fields that the role requires.',
  },
  NODE_UNSUPPORTED: {
    meaning: 'The version of Node.js is too old. Importing the package fails.',
    cause: 'An older Node.js comes first on the path.',
    remedy: 'Update Node.js to the version that the error names, or a later one.',
  },
  PLUGIN_INVALID: {
    meaning: 'Something was passed as a plugin that is not a usable plugin.',
    cause: 'A required name, method or schema is missing, or a name is registered twice.',
    remedy: 'Define it with definePattern() or the base class of its kind.',
  },
  PLUGIN_INCOMPATIBLE: {
    meaning: 'A plugin was made for another version of the plugin API.',
    cause: 'The plugin or core was updated without the other.',
    remedy: 'Install versions of both that match.',
  },
  PLUGIN_FORBIDDEN: {
    meaning: 'A plugin asked the container for something that plugins must not have.',
    cause: 'It injects the key manager, the store or the trust operations.',
    remedy: 'Use the execution that a pattern is given; it offers everything that plugins are allowed to do.',
  },
  AGENT_FAILED: {
    meaning: "An agent's own code threw an error. The trail records the failure.",
    cause: 'A defect of the agent, or a service that it depends on.',
    remedy: "See `cause` for the agent's error.",
  },
  AGENT_DISCONNECTED: {
    meaning: 'The connection to an agent was lost while it worked. Whether it did its work is unknown.',
    cause: 'Its process crashed or was stopped, or the network failed.',
    remedy: 'Check whether the work was done before you have it done again.',
  },
  UNKNOWN_TOOL: {
    meaning: 'An agent has no tool with this name.',
    cause: 'A misspelt name, or a tool that was not passed to the agent.',
    remedy: 'Pass the tool in `tools`, or correct its name.',
  },
  EXECUTION_TIMEOUT: {
    meaning: 'A run or an invocation took longer than its timeout.',
    cause: 'Slow agents or services, or an agent that ignores `context.signal`.',
    remedy: 'Raise the timeout, or let the agent stop when the signal aborts.',
  },
  EXECUTION_CANCELLED: {
    meaning: 'The caller cancelled a run or an invocation.',
    cause: 'Its AbortSignal was aborted, or cancel() was called.',
    remedy: 'Start it again if the cancellation was a mistake.',
  },
  EVENTS_DROPPED: {
    meaning: 'Events of a run were dropped before they were read.',
    cause: 'The reader of the events is slower than the run.',
    remedy: 'Read faster or raise the limit. The trail has every outcome.',
  },
  WORKFLOW_INVALID: {
    meaning: 'A workflow cannot be built. `problems` lists everything that is wrong.',
    cause: 'Unknown agents, cycles, missing capabilities or missing trust.',
    remedy: 'Correct every problem in the list, and build it again.',
  },
  RECEIPT_MALFORMED: {
    meaning: 'A string is not a receipt.',
    cause: 'The file was cut, reformatted or edited after it was issued.',
    remedy: 'Get the receipt again, byte for byte as it was issued.',
  },
} as const satisfies Readonly<Record<string, ErrorCodeText>>;
