import type { ErrorCode } from './error-code-map.js';

/** The text of an error code. */
export interface ErrorCodeText {
  /** States what has happened. */
  readonly meaning: string;
  /** Names the usual causes. */
  readonly cause: string;
  /** Tells the reader what to do. */
  readonly remedy: string;
}

/** Every error code that core's classes carry, with its text. `docs/errors.md` is generated from it. */
export const ERROR_CODE_TEXTS = {
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
  BAD_KEY: {
    meaning: 'A key is not a usable Ed25519 key.',
    cause: 'The string is not base64 of 32 bytes, or the key file is damaged.',
    remedy: 'Pass the key as generateKeyPair() returned it, or restore the key file from a backup.',
  },
  KEY_NOT_FOUND: {
    meaning: 'The private key of an authority is not available in this process. Nothing was signed.',
    cause: 'The key manager was not loaded, reads another folder, or never had the key.',
    remedy: 'Open the key manager that holds the key of the authority that the message names.',
  },
  KEY_FILE_UNSAFE: {
    meaning: 'A key file or its folder can be read or changed by other users.',
    cause: 'The file was copied or restored with wider permissions.',
    remedy: 'Set the permissions that the message names. If other users had access, replace the key.',
  },
  KEY_PASSPHRASE_WRONG: {
    meaning: 'A key file could not be decrypted.',
    cause: 'The passphrase is wrong, or the file is damaged.',
    remedy: 'Pass the passphrase that the key was stored with.',
  },
  SIGNING_FAILED: {
    meaning: 'The key manager failed while it signed. Nothing was recorded by this step.',
    cause: 'A key service that is unreachable or overloaded, or a defect of the key manager.',
    remedy: 'See `cause`, and repair the key manager.',
  },
  AUTHORITY_NOT_FOUND: {
    meaning: 'No authority with this id is stored.',
    cause: 'A wrong id, another store, or an authority that was never registered here.',
    remedy: 'Register the authority, or correct its id.',
  },
  AUTHORITY_NOT_PERMITTED: {
    meaning: 'An authority is not permitted to do this.',
    cause: 'It lacks the permission, is inactive, or is outside its validity.',
    remedy: 'Use an authority that has the permission that the message names.',
  },
  AUTHORITY_NOT_TRUSTED: {
    meaning: 'An authority is stored, but nothing outside the store vouches for it.',
    cause: 'Its key is not in the key manager, it is not pinned, and no trusted authority endorsed it.',
    remedy: 'Check where the authority came from. Then pin its public key, or have a root endorse it.',
  },
  AUTHORITY_ALREADY_EXISTS: {
    meaning: 'An authority with this id is already stored with other content.',
    cause: 'The id is used twice, or an authority was registered again after a change.',
    remedy: 'Use the stored authority, or choose another id.',
  },
  AGENT_ALREADY_ESTABLISHED: {
    meaning: 'An agent already has a trust chain.',
    cause: 'It was established twice, or by two processes concurrently.',
    remedy: 'Use the chain, or call reattest() to change the capabilities.',
  },
  AGENT_NOT_TRUSTED: {
    meaning: 'An agent that takes part in a run is not trusted.',
    cause: 'It has no valid chain, or lacks the capability to take part.',
    remedy: 'Establish trust for it, or run without it.',
  },
  AGENT_ALREADY_REGISTERED: {
    meaning: 'A registry already holds an agent with this id.',
    cause: 'Two agents have the same name, or one was registered twice.',
    remedy: 'Deregister the first one, or register the second under another name.',
  },
  AGENT_NOT_REGISTERED: {
    meaning: 'A registry does not hold an agent with this id.',
    cause: 'A misspelt id, or an agent that was deregistered.',
    remedy: 'Register the agent, or correct the id.',
  },
  CHAIN_NOT_FOUND: {
    meaning: 'No trust chain of this agent is stored.',
    cause: 'The agent was never established, or the store is another one.',
    remedy: 'Establish the agent, or import its chain.',
  },
  CHAIN_INVALID: {
    meaning: 'The trust chain of an agent failed verification. Nothing is signed that would depend on it.',
    cause: 'The chain is revoked, expired or was changed after it was signed.',
    remedy: 'Restore the chain from a backup if it was changed; otherwise establish the agent again.',
  },
  PERSON_MISMATCH: {
    meaning: 'A nested run names another person than its outer run.',
    cause: 'Code inside an invocation passed a `humanOrigin` of its own.',
    remedy: 'Omit it to keep the person of the outer run.',
  },
  PERSON_KEY_MISMATCH: {
    meaning: 'The pseudonyms in the store were made with another key.',
    cause: 'A process was configured with a new key for pseudonyms, or with the key of another deployment.',
    remedy: 'Configure the key that this deployment was set up with.',
  },
  CAPABILITY_NOT_HELD: {
    meaning: 'A delegator tried to delegate a capability that it does not hold.',
    cause: 'The capability was never attested to it, has expired, or is excluded by its own delegation.',
    remedy: 'Attest the capability to the delegator, or delegate one of those that the message lists.',
  },
  NO_CAPABLE_AGENT: {
    meaning: 'None of the available agents holds a capability and verifies for it.',
    cause:
      'The capability is missing or misspelt, or every agent that holds it is refused for another reason.',
    remedy: 'See the reason for each agent in the message, and attest the capability to one of them.',
  },
  DELEGATION_REQUIRED: {
    meaning: 'An agent would need a delegation for this step, and there is none.',
    cause: 'A pattern or an agent invoked another agent without delegating to it first.',
    remedy: 'Delegate the capability to the agent before invoking it.',
  },
  DELEGATION_REFUSED: {
    meaning: 'A delegation was refused before anything was signed.',
    cause: 'A constraint of the delegator, such as `no_delegation`, or an agent that delegates to itself.',
    remedy: 'Delegate something that the rule in the message permits.',
  },
  DELEGATION_DEPTH_EXCEEDED: {
    meaning: 'A delegation would be deeper than the deployment permits.',
    cause: 'Agents delegate in a long line, each to the next.',
    remedy: 'Delegate from nearer to the start, or raise `maxDelegationDepth`.',
  },
  DELEGATION_CYCLE: {
    meaning: 'A delegation would lead back to an agent that is already on its path.',
    cause: 'An agent delegates to one of those that it received its own delegation from.',
    remedy: 'Return the result to that agent instead of delegating to it.',
  },
  DELEGATION_NOT_FOUND: {
    meaning: 'A delegation is not in the ledger of this store.',
    cause: 'A wrong id, another store, or a run that has ended and whose delegations were removed.',
    remedy: 'Delegate again, or open the store that the delegation was made in.',
  },
  DELEGATION_FORGED: {
    meaning: 'A record that was received as a delegation is not one that its delegator made.',
    cause:
      'It was changed after it was signed, is for another agent or task, or gives more than could be given.',
    remedy: 'Do not act on it. Find out how it was sent.',
  },
  VERIFICATION_DENIED: {
    meaning: 'Verification denied an action, and the agent did not act. `denial` has the tree of reasons.',
    cause: 'A missing capability, a violated constraint, or a delegation that does not cover the action.',
    remedy: 'Grant what the reasons say is missing, or let another agent do the action.',
  },
  REVOKED: {
    meaning: 'Trust was revoked while work depended on it. The work was stopped.',
    cause: 'The agent, a delegator, an authority or the person was revoked, or their validity ended.',
    remedy: 'Read the trail to see how far the work got. Establish or delegate again to continue.',
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
  STORE_FAILED: {
    meaning: 'The store failed. The message says what is known of the writes.',
    cause: 'A full disk, a lock, a lost connection, missing rights, or a closed store.',
    remedy: 'Repair what the message names. If the outcome is unknown, read the trail before writing again.',
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
    meaning: 'The code of a pattern threw an error of its own.',
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
} as const satisfies Readonly<Record<ErrorCode, ErrorCodeText>>;

/** Every error code that core's classes carry. A code never changes its meaning and is never used again. */
export const ERROR_CODES = /* @__PURE__ */ Object.freeze(
  /* @__PURE__ */ Object.keys(ERROR_CODE_TEXTS),
) as readonly (keyof typeof ERROR_CODE_TEXTS)[];
