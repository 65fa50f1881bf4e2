import * as z from 'zod';
import { canonicalJson, type JsonObject, parseJson } from '../../wire/index.js';

/**
 * A leaf of the log, which describes one record of the store. The latest leaf about a record counts. No leaf holds
 * personal data: persons have pseudonyms, and their data salted digests.
 */
export type Leaf =
  /** The first leaf: the name of the log. */
  | { readonly kind: 'log'; readonly id: string }
  /** The last entry of a trail. */
  | { readonly kind: 'trail'; readonly id: string; readonly sequence: number; readonly hash: string }
  /** The last statement of the log of statements. */
  | { readonly kind: 'statements'; readonly id: ''; readonly sequence: number; readonly hash: string }
  /** The record of an authority: the digest of its text, and its key if the maker of the checkpoint believed it. */
  | { readonly kind: 'authority'; readonly id: string; readonly hash: string; readonly key: string | null }
  /** The chain of an agent: the digests of its text and of its signed state, and whether it was in force. */
  | {
      readonly kind: 'chain';
      readonly id: string;
      readonly hash: string;
      readonly state: string;
      readonly active: boolean;
    }
  /** A delegation of the ledger: the digests of its text and of the other fields that never change, and its status. */
  | {
      readonly kind: 'delegation';
      readonly id: string;
      readonly hash: string;
      readonly fields: string;
      readonly status: string;
    }
  /** An open intent: its trail, and the digest of its fields; null once it is closed. */
  | { readonly kind: 'intent'; readonly id: string; readonly trail: string; readonly hash: string | null }
  /** A revocation in the index: the digest of its fields. */
  | { readonly kind: 'revocation'; readonly id: string; readonly hash: string }
  /** A disclosure, by its salted digest: the pseudonym of the person; null once it is erased. */
  | { readonly kind: 'disclosure'; readonly id: string; readonly person: string | null }
  /** The erasure of a person, by the pseudonym: the place of the statement that records it. */
  | { readonly kind: 'erasure'; readonly id: string; readonly sequence: number };

/** The kind of a record that a leaf is about. */
export type LeafKind = Leaf['kind'];

/** The latest leaf about each record. */
export type KnownLeaves = ReadonlyMap<string, { readonly leaf: Leaf }>;

/** Identifies the record that a leaf is about. */
export const subjectOf = ({ kind, id }: Pick<Leaf, 'kind' | 'id'>): string => `${kind} ${id}`;

/** The text of a leaf, which is hashed. */
export const leafText = (leaf: Leaf): string => canonicalJson(leaf as unknown as JsonObject);

const place = z.int().nonnegative();
const text = z.string();
const fields = { id: text, hash: text };

/** The forms of leaves. A writer to the store can add any text to the log, so each field is checked. */
const form = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('log'), id: text }),
  z.strictObject({ kind: z.literal('trail'), ...fields, sequence: place }),
  z.strictObject({ kind: z.literal('statements'), ...fields, id: z.literal(''), sequence: place }),
  z.strictObject({ kind: z.literal('authority'), ...fields, key: text.nullable() }),
  z.strictObject({ kind: z.literal('chain'), ...fields, state: text, active: z.boolean() }),
  z.strictObject({ kind: z.literal('delegation'), ...fields, fields: text, status: text }),
  z.strictObject({ kind: z.literal('intent'), id: text, trail: text, hash: text.nullable() }),
  z.strictObject({ kind: z.literal('revocation'), ...fields }),
  z.strictObject({ kind: z.literal('disclosure'), id: text, person: text.nullable() }),
  z.strictObject({ kind: z.literal('erasure'), id: text, sequence: place }),
]) satisfies z.ZodType<Leaf>;

/** Reads the text of a leaf; undefined if it is none. */
export function readLeaf(text: string): Leaf | undefined {
  try {
    return form.safeParse(parseJson(text, 'leaf')).data;
  } catch {
    return undefined;
  }
}
