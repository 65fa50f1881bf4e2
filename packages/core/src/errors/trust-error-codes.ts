import type { ErrorCodeText } from './error-code-text.js';

/** Describes the codes about keys, authorities, chains, persons, delegations and denials. */
export const TRUST_ERROR_CODE_TEXTS = {
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
  AUTHORITY_NOT_TRUSTED: {
    meaning: 'This process has no reason to believe an authority.',
    cause:
      'Its key is neither in the key manager nor pinned in `roots`, and no believed authority endorsed it; or it speaks for an agent outside its namespaces, or outside its validity.',
    remedy: 'Open the key manager that holds its key, pin it in `roots`, or call endorseAuthority().',
  },
  AUTHORITY_NOT_PERMITTED: {
    meaning: 'An authority is not permitted to do this.',
    cause: 'It lacks the permission, is inactive, or is outside its validity.',
    remedy: 'Use an authority that has the permission that the message names.',
  },
  AUTHORITY_ALREADY_EXISTS: {
    meaning: 'An authority with this id is already stored with other content.',
    cause: 'The id is used twice, or an authority was registered again after a change.',
    remedy: 'Use the stored authority, or choose another id.',
  },
  RECORDER_REQUIRED: {
    meaning:
      'A record must be signed for an agent that cannot sign it, and the deployment names no recorder. Nothing was done.',
    cause: 'The agent has no usable chain, or a revocation concerns a person and no agent.',
    remedy: 'Pass `recorder` to TrustOperations: the id of an authority whose key is in the key manager.',
  },
  AGENT_ALREADY_ESTABLISHED: {
    meaning: 'An agent already has a trust chain.',
    cause: 'It was established twice, or by two processes concurrently.',
    remedy: 'Use the chain, or call reattest() to change the capabilities.',
  },
  AGENT_REVOKED: {
    meaning: 'An agent was revoked, so it is given no chain and cannot be enrolled.',
    cause: 'The agent was revoked, and was not reinstated since.',
    remedy: 'Find out why it was revoked. Call reinstate() to let it work again, then establish or enrol it.',
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
    meaning: 'The trust chain of an agent failed verification. Nothing that depends on it is signed.',
    cause: 'The chain is revoked, expired or was changed after it was signed.',
    remedy: 'Restore the chain from a backup if it was changed; otherwise establish the agent again.',
  },
  PERSON_MISMATCH: {
    meaning: 'A nested run names another person than its outer run.',
    cause: 'Code inside an invocation passed its own `humanOrigin`.',
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
    meaning: 'No available agent holds the capability and passes verification for it.',
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
    remedy: 'Delegate from an agent nearer to the start, or raise `maxDelegationDepth`.',
  },
  DELEGATION_CYCLE: {
    meaning: 'A delegation would lead back to an agent that is already on its path.',
    cause: 'An agent delegates to an agent on the path of its own delegation.',
    remedy: 'Return the result to that agent instead of delegating to it.',
  },
  DELEGATION_NOT_FOUND: {
    meaning: 'A delegation is not in the ledger of this store.',
    cause: 'A wrong id, another store, or a run that has ended and whose delegations were removed.',
    remedy: 'Delegate again, or open the store that the delegation was made in.',
  },
  DELEGATION_NOT_ACCEPTABLE: {
    meaning: 'An agent cannot accept or decline a lasting delegation that it names.',
    cause:
      'It is offered to another agent, was accepted, declined or revoked, has expired, or gives more than its delegator could give now.',
    remedy: 'Let the delegator offer it again. `listOffers()` lists what can be accepted.',
  },
  DELEGATION_FORGED: {
    meaning: 'A record that was received as a delegation is not one that its delegator made.',
    cause:
      'It was changed after it was signed, is for another agent or task, or gives more than its delegator could give.',
    remedy: 'Do not act on it. Find out how it was sent.',
  },
  VERIFICATION_DENIED: {
    meaning: 'Verification denied an action, and the agent did not act. `denial` has the tree of reasons.',
    cause: 'A missing capability, a violated constraint, or a delegation that does not cover the action.',
    remedy: 'Grant what the reasons say is missing, or let another agent do the action.',
  },
  REVOKED: {
    meaning: 'Trust was revoked while work depended on it. The work was stopped.',
    cause:
      'The agent, a delegator, an authority or the person was revoked, or the trust in one of them expired.',
    remedy: 'Read the trail to see how far the work got. Establish or delegate again to continue.',
  },
  CHECKPOINT_MALFORMED: {
    meaning: 'A string is not a checkpoint, or no key of a signed note.',
    cause: 'The file was cut, reformatted or edited after it was made.',
    remedy: 'Get the checkpoint again, byte for byte as it was made.',
  },
  CHECKPOINT_NOT_TRUSTED: {
    meaning: 'A checkpoint has no valid signature of a key that the caller trusts.',
    cause:
      'It was changed, is of another log, or was signed with a key that was revoked or is not known here.',
    remedy:
      'Name the key that signs the checkpoints of this store. If it was revoked, use a cosignature of a witness.',
  },
  CHECKPOINT_NOT_KEPT: {
    meaning: 'Several sinks did not take a checkpoint. The others have it.',
    cause: 'Witnesses or time-stamping servers that cannot be reached, or a file that cannot be written.',
    remedy: 'Repair what the errors name. The next checkpoint gives each sink what it lacks.',
  },
  CHECKPOINT_INCONSISTENT: {
    meaning: 'A checkpoint does not continue the last one that was kept. Nothing was kept or signed.',
    cause:
      'An older copy of the store was put in place, its log of checkpoints was changed, or two stores use one log.',
    remedy: 'Keep both checkpoints as evidence, and find out which store was replaced or changed.',
  },
  CHECKPOINT_LOG_DAMAGED: {
    meaning: 'The log of checkpoints in the store cannot be read, so no checkpoint can be made.',
    cause: 'Entries of the trail of checkpoints were changed or deleted.',
    remedy: 'Compare the store with the last checkpoint that you kept. Put a good copy of the store back.',
  },
} as const satisfies Readonly<Record<string, ErrorCodeText>>;
