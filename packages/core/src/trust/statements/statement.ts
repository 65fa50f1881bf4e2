import * as z from 'zod';
import { AUTHORITY_PERMISSIONS } from '../../chain/index.js';
import { verifySignature } from '../../signing/public-key.js';
import type { StatementEntry, TrailHead } from '../../store/index.js';
import { linkHash, TRAIL_START } from '../../store/index.js';
import { canonicalJson, type JsonObject, parseJson, TIMESTAMP_PATTERN } from '../../wire/index.js';

const id = z.string().min(1);
const moment = z.string().regex(TIMESTAMP_PATTERN);

/** The content of each kind of statement. Unknown fields are refused: they could mean something that is ignored here. */
const BODIES = {
  authority_endorsed: z.strictObject({
    authority_id: id,
    public_key: id,
    namespaces: z.array(id),
    permissions: z.array(z.enum(AUTHORITY_PERMISSIONS)),
    valid_from: moment.nullable(),
    valid_until: moment.nullable(),
  }),
  key_rotated: z.strictObject({
    authority_id: id,
    old_public_key: id,
    new_public_key: id,
    new_key_id: id,
    new_signature: id,
  }),
  key_revoked: z.strictObject({ authority_id: id, public_key: id, since: moment, reason: z.string() }),
  authority_deactivated: z.strictObject({ authority_id: id }),
  authority_reactivated: z.strictObject({ authority_id: id }),
  agent_revoked: z.strictObject({ agent_id: id, reason: z.string(), chain_hash: id.nullable() }),
  agent_reinstated: z.strictObject({ agent_id: id, reason: z.string(), chain_hash: id.nullable() }),
  delegation_accepted: z.strictObject({ delegation_id: id, agent_id: id }),
  delegation_revoked: z.strictObject({ delegation_id: id, reason: z.string() }),
  person_revoked: z.strictObject({ person: id, reason: z.string() }),
  person_erased: z.strictObject({ person: id }),
  chain_superseded: z.strictObject({ agent_id: id, old_hash: id, new_hash: id }),
} as const;

/** The kind of a statement. */
export type StatementKind = keyof typeof BODIES;

/** The content of a statement, by its kind. */
export type StatementBodies = { readonly [K in StatementKind]: z.output<(typeof BODIES)[K]> };

/** A statement without its place and signature. */
export type StatementDraft = {
  readonly [K in StatementKind]: { readonly kind: K; readonly body: StatementBodies[K] };
}[StatementKind];

/** A statement as it was signed. */
export type Statement = StatementDraft & {
  /** The place in the log, from 1. */
  readonly sequence: number;
  /** When its signer says that it was made. Proves nothing by itself. */
  readonly at: string;
  /** The authority that made it. */
  readonly authorityId: string;
  /** The name of the key in the key manager of the signer. */
  readonly keyId: string;
  /** The public key that its signature was checked with. */
  readonly publicKey: string;
};

/** A statement, and whether the key that it puts in force is in this process's key manager. */
export interface KnownStatement {
  /** The statement. */
  readonly statement: Statement;
  /** Whether this process holds the key: the new one of a rotation, otherwise the one that signed. */
  readonly isOwn: boolean;
}

/** Separates statements from everything else that a key signs. */
const DOMAIN = 'kaizen-eatp statement 1\n';
const ROTATION = 'kaizen-eatp rotation 1\n';

const form = z.strictObject({
  sequence: z.int().positive(),
  previous_hash: z.string(),
  kind: z.enum(Object.keys(BODIES) as [StatementKind, ...StatementKind[]]),
  body: z.record(z.string(), z.unknown()),
  at: moment,
  authority_id: id,
  key_id: id,
  public_key: id,
  signature: z.string(),
});

/** The signer of a statement. */
export interface StatementSigner {
  /** The authority that makes the statement. */
  readonly authorityId: string;
  /** The name of its key. */
  readonly keyId: string;
  /** The public half of the key. */
  readonly publicKey: string;
}

/** The content of the statement that comes after a head, and the string to sign. */
export function draftAfter(
  head: TrailHead | undefined,
  { kind, body }: StatementDraft,
  { authorityId, keyId, publicKey }: StatementSigner,
  at: string,
): { readonly content: JsonObject; readonly signingText: string } {
  const content = {
    sequence: (head?.sequence ?? 0) + 1,
    previous_hash: head?.hash ?? TRAIL_START,
    kind,
    body: body as JsonObject,
    at,
    authority_id: authorityId,
    key_id: keyId,
    public_key: publicKey,
  };
  return { content, signingText: DOMAIN + canonicalJson(content) };
}

/** The entry that a store keeps for a signed statement. */
export function statementEntry(content: JsonObject, signature: string): StatementEntry {
  const text = canonicalJson({ ...content, signature });
  const previousHash = content.previous_hash as string;
  return { sequence: content.sequence as number, previousHash, hash: linkHash(previousHash, text), text };
}

/**
 * Reads and checks the statement that comes after a head.
 *
 * @throws Error with the reason, unless the entry follows the head, can be read, and is signed by the key that it names.
 */
export function readStatement(entry: StatementEntry, head: TrailHead | undefined): Statement {
  const expected = { sequence: (head?.sequence ?? 0) + 1, previousHash: head?.hash ?? TRAIL_START };
  if (entry.sequence !== expected.sequence || entry.previousHash !== expected.previousHash)
    throw new Error(`statement ${entry.sequence} does not follow the one before it`);
  if (linkHash(entry.previousHash, entry.text) !== entry.hash)
    throw new Error(`statement ${entry.sequence} was changed`);
  const { statement, previousHash } = parseStatement(entry.text, `statement ${entry.sequence}`);
  if (statement.sequence !== entry.sequence || previousHash !== entry.previousHash)
    throw new Error(`statement ${entry.sequence} was signed for another place`);
  return statement;
}

/**
 * Reads a statement apart from its log.
 *
 * @param what - names it in an error.
 * @throws Error with the reason, unless it can be read, and is signed by the key that it names.
 */
export function parseStatement(
  text: string,
  what = 'a statement',
): {
  readonly statement: Statement;
  readonly previousHash: string;
} {
  const json = parseJson(text, 'statement') as JsonObject;
  const { signature, ...content } = json;
  const parsed = form.safeParse(json);
  if (!parsed.success || canonicalJson(json) !== text) throw new Error(`${what} is malformed`);
  const { sequence, previous_hash, kind, at, authority_id, key_id, public_key } = parsed.data;
  const body = BODIES[kind].safeParse(parsed.data.body);
  if (!body.success) throw new Error(`statement ${sequence} has a body of another form`);
  if (!isSignedBy(DOMAIN + canonicalJson(content), signature as string, public_key))
    throw new Error(`statement ${sequence} is not as it was signed`);
  const { data } = body;
  const statement = {
    ...{ sequence, kind, body: data, at },
    ...{ authorityId: authority_id, keyId: key_id, publicKey: public_key },
  } as unknown as Statement;
  return { statement, previousHash: previous_hash };
}

/** The string that the new key of an authority signs, so that an authority cannot claim the key of another one. */
export const rotationText = (authorityId: string, oldKey: string, newKey: string): string =>
  ROTATION + canonicalJson({ authority_id: authorityId, old_public_key: oldKey, new_public_key: newKey });

/** Whether a string is signed by a key. False for a malformed key or signature. */
export function isSignedBy(text: string, signature: string, publicKey: string): boolean {
  try {
    return verifySignature(text, signature, publicKey);
  } catch {
    return false;
  }
}
