import { humanOriginCodec } from '../../chain/index.js';
import type { TrustStore } from '../../store/index.js';
import { canonicalJson, type JsonObject, jsonMember, sha256Hex } from '../../wire/index.js';
import { readAnchor } from '../audit/anchor.js';
import { originDigest } from '../person-digest.js';
import type { Leaf, LeafKind } from './leaf.js';
import type { Verdict } from './survey-chains.js';

type Row = Readonly<Record<string, unknown>>;
type Of<K extends LeafKind> = Extract<Leaf, { readonly kind: K }>;

const PAGE = 500;

/** Judges the last entry of a trail against what a checkpoint says of it. */
export async function judgeTrailHead(
  store: TrustStore,
  known: Of<'trail'>,
  { id, sequence, hash }: Of<'trail'>,
): Promise<Verdict> {
  const cut = `it ended at entry ${sequence}, and the checkpoint knows ${known.sequence}`;
  if (sequence < known.sequence) return ['TRAIL_CUT', cut];
  const [there] =
    sequence === known.sequence
      ? [{ sequence, hash }]
      : await store.readTrail(id, { afterSequence: known.sequence - 1, limit: 1 });
  if (there?.sequence === known.sequence && there.hash === known.hash) return undefined;
  return ['TRAIL_CHANGED', `entry ${known.sequence} is another one`];
}

/** Whether a trail records the outcome of an intent. */
export async function isRecorded(store: TrustStore, { id, trail }: Of<'intent'>): Promise<boolean> {
  for (let afterSequence = 0; ; ) {
    const page = await store.readTrail(trail, { afterSequence, limit: PAGE });
    const isOf = (text: string): boolean =>
      jsonMember(readAnchor(text)?.context ?? null, 'invocation_id') === id;
    if (page.some(({ text }) => isOf(text))) return true;
    const last = page.length === PAGE ? page.at(-1) : undefined;
    if (!last) return false;
    afterSequence = last.sequence;
  }
}

/** Whether a leaf says nothing new. */
export const isSameLeaf = (a: Leaf | undefined, b: Leaf): boolean => {
  if (!a) return false;
  const comparable = (leaf: Leaf): string =>
    canonicalJson({ ...leaf, ...('key' in leaf && { key: null }) } as unknown as JsonObject);
  return comparable(a) === comparable(b);
};

/** The digest of some fields of a row. */
export const digestOf = (row: Row, fields: readonly string[]): string =>
  sha256Hex(canonicalJson(Object.fromEntries(fields.map((name) => [name, (row[name] ?? null) as string]))));

/** Whether a disclosure is what its digest covers. */
export function isDisclosed({ salt, text, digest }: Row): boolean {
  try {
    return originDigest(String(salt), humanOriginCodec.decodeText(String(text))) === digest;
  } catch {
    return false;
  }
}
