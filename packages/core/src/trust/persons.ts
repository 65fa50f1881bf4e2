import { createHash, createHmac, randomBytes } from 'node:crypto';
import { type Authority, authorityCodec, type HumanOrigin, humanOriginCodec } from '../chain/index.js';
import { KeyError, PersonError, StoreError } from '../errors/index.js';
import type { StoreWrite } from '../store/index.js';
import { deepFreeze, type JsonObject } from '../wire/index.js';
import type { Deployment } from './deployment.js';
import { ensureKey } from './ensure-key.js';
import { originDigest } from './person-digest.js';
import { isSigned } from './verify/chain-signatures.js';

/** The person behind an action. Only the pseudonym and the digest are ever signed or stored with a record. */
export interface Person {
  /** The same for the same person in every run of the deployment, and meaningless without the deployment's key. */
  readonly pseudonym: string;
  /** SHA-256 of the salted origin, in hex: a disclosure of the salt and the origin proves what was signed. */
  readonly digest: string;
  /** The person as the identity provider reported it, for agents and evaluators. */
  readonly origin: HumanOrigin;
  /** The salt of {@link digest}, in hex. */
  readonly salt: string;
}

const KEY_ID = 'person-pseudonyms';
const RECORD_ID = 'system-person-pseudonyms';
const KEY_PURPOSE = 'kaizen-eatp: key of person pseudonyms, version 1';

const keys = new WeakMap<Deployment, Promise<Buffer>>();

/**
 * Finds a person's pseudonym and salts the personal data.
 *
 * @throws PersonError `PERSON_KEY_MISMATCH` if another process made the deployment's pseudonyms with a key that is not here.
 */
export async function personOf(deployment: Deployment, origin: HumanOrigin): Promise<Person> {
  const pseudonym = await pseudonymOf(deployment, origin.humanId);
  const salt = randomBytes(16).toString('hex');
  return deepFreeze({ pseudonym, digest: originDigest(salt, origin), origin: { ...origin }, salt });
}

/** Returns the pseudonym under which everything of a person is indexed. @throws as {@link personOf}. */
export async function pseudonymOf(deployment: Deployment, humanId: string): Promise<string> {
  const key = await pseudonymKey(deployment);
  return `person-${createHmac('sha256', key).update(humanId).digest('hex').slice(0, 32)}`;
}

/** Returns the form of a person in the signed context of an anchor. */
export const personContext = ({ pseudonym, digest }: Person): JsonObject => ({ pseudonym, digest });

/** The key, found once for each deployment. A failure is not cached, so that the key can be put in place meanwhile. */
function pseudonymKey(deployment: Deployment): Promise<Buffer> {
  let key = keys.get(deployment);
  if (!key) {
    key = findKey(deployment);
    keys.set(deployment, key);
    key.catch(() => keys.delete(deployment));
  }
  return key;
}

/**
 * The pseudonym key is the digest of an Ed25519 signature over a fixed string: the same in every process that has the
 * signing key, and unknown without it. So a key manager needs no other operation than signing, and hardware that never
 * exports its key works too.
 */
async function findKey(deployment: Deployment): Promise<Buffer> {
  const { keyManager } = deployment;
  const agreed = await agreedRecord(deployment);
  if (agreed.publicKey !== (await keyManager.publicKey(KEY_ID))) throw PersonError.keyMismatch();
  // The record only fixes the public key; the key id that it names has no effect.
  const signer = { ...agreed, signingKeyId: KEY_ID };
  const signature = await deployment.sign(KEY_PURPOSE, signer);
  const isRepeatable = (await deployment.sign(KEY_PURPOSE, signer)) === signature;
  if (!isRepeatable || !isSigned(KEY_PURPOSE, signature, signer)) throw unusableSignature(isRepeatable);
  return createHash('sha256').update(signature).digest();
}

/** A random signature would give a person a different pseudonym in every process. */
const unusableSignature = (isRepeatable: boolean): KeyError =>
  new KeyError('SIGNING_FAILED', 'The key manager cannot make the key of person pseudonyms', {
    expected: 'a valid Ed25519 signature, the same each time for the same string',
    received: isRepeatable ? 'an invalid signature' : 'a different signature each time',
    remedy: 'Use a key manager that signs deterministically, as RFC 8032 prescribes.',
    evidence: { keyId: KEY_ID },
  });

/** The record of the public key on which all processes of the deployment agree: the first one that was stored. */
async function agreedRecord(deployment: Deployment): Promise<Authority> {
  const stored = (await deployment.readAuthorities([RECORD_ID])).get(RECORD_ID);
  if (stored) return stored;
  const at = deployment.timestamp();
  const record: Authority = {
    id: RECORD_ID,
    name: 'Key of person pseudonyms',
    authorityType: 'system',
    publicKey: await ensureKey(deployment.keyManager, KEY_ID),
    signingKeyId: KEY_ID,
    permissions: [],
    parentAuthorityId: null,
    createdAt: at,
    updatedAt: at,
    isActive: true,
    metadata: {},
  };
  const text = authorityCodec.encodeText(record);
  try {
    await deployment.store.commit([{ op: 'put_authority', authorityId: RECORD_ID, text, ifVersion: null }]);
    return record;
  } catch (error) {
    if (!(error instanceof StoreError && error.code === 'STORE_CONFLICT')) throw error;
    const first = (await deployment.readAuthorities([RECORD_ID])).get(RECORD_ID);
    if (!first) throw PersonError.keyMismatch();
    return first;
  }
}

/** The writes that store the personal data behind a digest. The data shows who the person is until it is erased. */
export const disclosureOf = (person: Person | undefined): readonly StoreWrite[] =>
  person
    ? [
        {
          op: 'put_disclosure',
          disclosure: {
            digest: person.digest,
            person: person.pseudonym,
            salt: person.salt,
            text: humanOriginCodec.encodeText(person.origin),
          },
        },
      ]
    : [];
