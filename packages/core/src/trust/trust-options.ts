import * as z from 'zod';
import { AUTHORITY_PERMISSIONS, type AuthorityPermission } from '../chain/index.js';
import type { ConstraintEvaluator } from '../constraints/index.js';
import type { RedactHook } from '../secrets/redact-hook.js';
import type { KeyManager } from '../signing/index.js';
import { importPublicKey } from '../signing/index.js';
import type { TrustStore } from '../store/index.js';
import {
  type Clock,
  functionField,
  handleField,
  idField,
  isPlainObject,
  momentField,
  parseOptions,
  type Timestamp,
} from '../wire/index.js';
import { isAgentId } from './request-fields.js';
import type { VerificationHooks } from './verify/types.js';

/** Options of {@link TrustOperations}. */
export interface TrustOperationsOptions {
  /** The store of all records. Default: a new {@link MemoryTrustStore}. */
  readonly store?: TrustStore;
  /** The keys of the authorities. Default: a new {@link InMemoryKeyManager}. */
  readonly keyManager?: KeyManager;
  /** Constraint evaluators in addition to the built-in ones. Default: none. */
  readonly constraintEvaluators?: readonly ConstraintEvaluator[];
  /** The source of the time. Default: the system's clock. */
  readonly clock?: Clock;
  /**
   * Redacts strings before they are digested and signed, after the built-in redaction of secrets: messages of errors,
   * reasons, details, resources and arguments of tools. Default: no further redaction.
   */
  readonly redact?: RedactHook;
  /** Functions to call around each verification. */
  readonly hooks?: VerificationHooks;
  /** How many delegations can be made one under another. Default: 10, as in the reference. */
  readonly maxDelegationDepth?: number;
  /** Forbids delegations of `execute`, which let a delegatee use its own capabilities. Default: false. */
  readonly strictDelegation?: boolean;
  /**
   * How to treat constraint labels that no evaluator enforces: `report` them in every result and anchor, or `deny`.
   * Default: `report`.
   */
  readonly unknownConstraints?: 'report' | 'deny';
  /**
   * About how much memory this process uses for parsed and checked chains, in bytes; the least recently used go first.
   * Default: 768 MiB, which holds the chains of 100,000 agents of ordinary size.
   */
  readonly cacheBytes?: number;
  /**
   * The id of the authority that signs records of agents that have no usable chain, and revocations of persons. Its key must
   * be in the key manager. Default: none; such records then fail with `RECORDER_REQUIRED` before anything is done.
   */
  readonly recorder?: string;
  /** Accepts capabilities that are not bound to their holder; only while old chains are migrated. Default: false. */
  readonly allowUnboundLegacyCapabilities?: boolean;
  /**
   * Authorities that are believed although their keys are not in this process's key manager, and how far. All other
   * authorities need the endorsement of one of these, or of an authority whose key is here. Default: none.
   */
  readonly roots?: readonly Root[];
  /** Accepts chains without a chain-state signature; only while old chains are migrated. Default: false. */
  readonly allowUnsignedChainState?: boolean;
}

/** An authority that a deployment believes. */
export interface Root {
  /** The id of the authority. */
  readonly id: string;
  /** Its public key: base64 of 32 bytes. */
  readonly publicKey: string;
  /** The ids of the agents that it can speak for: exact ones, or patterns with one `*`. Default: all agents. */
  readonly namespaces?: readonly string[];
  /** The permissions of the authority. Default: all. */
  readonly permissions?: readonly AuthorityPermission[];
  /** Until when it is believed. Default: without end. */
  readonly validUntil?: Date | Timestamp;
}

/** An Ed25519 public key. */
export const publicKeyField = z.custom<string>((value) => {
  try {
    importPublicKey(value as string);
    return typeof value === 'string';
  } catch {
    return false;
  }
}, 'an Ed25519 public key: base64 of 32 bytes');

/** A pattern of agent ids: an id with at most one `*`. */
export const namespaceField = z.custom<string>(
  (value) => isAgentId(value) && value.split('*').length <= 2,
  "the id of an agent, or a pattern such as 'agent-acme-*' with one '*'",
);

/** The schema of {@link Root}. */
export const rootOptions = z.strictObject({
  id: idField,
  publicKey: publicKeyField,
  namespaces: z.array(namespaceField).optional(),
  permissions: z.array(z.enum(AUTHORITY_PERMISSIONS)).optional(),
  validUntil: momentField.optional(),
});

const rootsOption = z
  .array(rootOptions)
  .refine((roots) => new Set(roots.map(({ id }) => id)).size === roots.length, 'roots with different ids');

/** The schema of {@link VerificationHooks} that are given as a plain object. */
export const hooksOptions = z.strictObject({
  beforeVerify: functionField<NonNullable<VerificationHooks['beforeVerify']>>().optional(),
  afterVerify: functionField<NonNullable<VerificationHooks['afterVerify']>>().optional(),
});

/** The schema of {@link TrustOperationsOptions}. */
export const trustOptions = z.strictObject({
  store: handleField<TrustStore>('a TrustStore', 'read', 'commit', 'watch').optional(),
  keyManager: handleField<KeyManager>('a KeyManager', 'sign', 'generateKey', 'publicKey').optional(),
  // Methods are looked up when an evaluator is asked; an evaluator that cannot answer denies.
  constraintEvaluators: z.array(handleField<ConstraintEvaluator>('a ConstraintEvaluator')).optional(),
  clock: handleField<Clock>('a Clock', 'now').optional(),
  redact: functionField<RedactHook>().optional(),
  hooks: handleField<VerificationHooks>('VerificationHooks').optional(),
  maxDelegationDepth: z.int().positive().optional(),
  strictDelegation: z.boolean().optional(),
  unknownConstraints: z.enum(['report', 'deny']).optional(),
  cacheBytes: z.int().positive().optional(),
  recorder: idField.optional(),
  allowUnboundLegacyCapabilities: z.boolean().optional(),
  allowUnsignedChainState: z.boolean().optional(),
  roots: rootsOption.optional(),
});

/** @throws InvalidArgumentError. */
export function parseTrustOptions(given: TrustOperationsOptions) {
  const options = parseOptions(trustOptions, given, 'TrustOperations');
  return { ...options, hooks: parseHooks(options.hooks ?? {}) };
}

/** Reads both hooks once, and lets them keep their `this`. A hook with a misspelt name would never be called. */
function parseHooks(hooks: VerificationHooks): VerificationHooks {
  const { beforeVerify, afterVerify } = parseOptions(
    hooksOptions,
    methodsOf(hooks),
    '`hooks` of TrustOperations',
  );
  return Object.freeze({
    ...(beforeVerify && { beforeVerify: beforeVerify.bind(hooks) }),
    ...(afterVerify && { afterVerify: afterVerify.bind(hooks) }),
  });
}

/** The hooks of an object of a class, which has other members too. An object with neither hook is refused. */
function methodsOf(hooks: VerificationHooks): VerificationHooks {
  if (isPlainObject(hooks as unknown)) return hooks;
  const { beforeVerify, afterVerify } = hooks;
  return beforeVerify === undefined && afterVerify === undefined ? hooks : { beforeVerify, afterVerify };
}
