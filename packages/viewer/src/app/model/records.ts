import type { AuditAnchor, Authority, DelegationRecord } from '@kaizen-eatp/core';
import {
  auditAnchorCodec,
  authorityCodec,
  delegationCodec,
  humanOriginCodec,
  jsonMember,
  parseJson,
  TrustLineageChain,
} from '@kaizen-eatp/core/records';

/** A check of a record, with its result. `undefined`: not made, since an earlier one failed. */
export interface Check {
  readonly name: string;
  readonly isPassed: boolean | undefined;
  readonly reasons: readonly string[];
}

/** The kinds of records. */
export type Kind = 'anchor' | 'delegation' | 'chain' | 'authority' | 'disclosure';

interface Common {
  /** Unique on the page. */
  readonly key: string;
  readonly text: string;
  readonly title: string;
  checks: readonly Check[];
}

/** A record of a receipt or a run. `data` is undefined if it cannot be read. */
export type Entry = Common &
  (
    | { readonly kind: 'anchor'; readonly data: AuditAnchor | undefined; readonly sequence: number }
    | { readonly kind: 'delegation'; readonly data: DelegationRecord | undefined; readonly status?: string }
    | { readonly kind: 'chain'; readonly data: TrustLineageChain | undefined }
    | { readonly kind: 'authority'; readonly data: Authority | undefined }
    | {
        readonly kind: 'disclosure';
        readonly data: { readonly name: string; readonly id: string } | undefined;
      }
  );

/** An anchor. */
export type AnchorEntry = Extract<Entry, { kind: 'anchor' }>;
/** A delegation. */
export type DelegationEntry = Extract<Entry, { kind: 'delegation' }>;

/** Reads a value, or returns undefined. */
export function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/** Makes the entry of an anchor. */
export function anchorEntry(text: string, sequence: number): AnchorEntry {
  const data = attempt(() => auditAnchorCodec.decodeText(text));
  const title = data ? `${data.agentId} ${data.action}` : `Record ${sequence}, which cannot be read`;
  return { kind: 'anchor', key: `anchor-${sequence}`, text, sequence, data, title, checks: [] };
}

/** Makes the entry of a delegation. */
export function delegationEntry(text: string, index: number, status?: string): DelegationEntry {
  const data = attempt(() => delegationCodec.decodeText(text));
  const title = data
    ? `${data.delegatorId} to ${data.delegateeId}`
    : `Delegation ${index + 1}, which cannot be read`;
  const key = `delegation-${index}`;
  return { kind: 'delegation', key, text, data, title, checks: [], ...(status !== undefined && { status }) };
}

/** Makes the entry of a chain. */
export function chainEntry(text: string, index: number): Entry {
  const data = attempt(() => TrustLineageChain.parse(text));
  const title = data ? `Chain of ${data.agentId}` : `Chain ${index + 1}, which cannot be read`;
  return { kind: 'chain', key: `chain-${index}`, text, data, title, checks: [] };
}

/** Makes the entry of an authority. */
export function authorityEntry(text: string, index: number): Entry {
  const data = attempt(() => authorityCodec.decodeText(text));
  const title = data ? `Authority ${data.name} (${data.id})` : `Authority ${index + 1}, which cannot be read`;
  return { kind: 'authority', key: `authority-${index}`, text, data, title, checks: [] };
}

/** Makes the entry of a person's data. */
export function disclosureEntry(origin: string, index: number): Entry {
  const data = attempt(() => {
    const { displayName, humanId } = humanOriginCodec.decodeText(origin);
    return { name: displayName, id: humanId };
  });
  const title = data ? `Person ${data.name} (${data.id})` : `Person ${index + 1}, whose data cannot be read`;
  return { kind: 'disclosure', key: `disclosure-${index}`, text: origin, data, title, checks: [] };
}

/** Returns a string in the signed context of an anchor. */
export function contextText(anchor: AuditAnchor | undefined, name: string): string | undefined {
  const value = jsonMember(anchor?.context ?? null, name);
  return typeof value === 'string' ? value : undefined;
}

/** Returns a member of a member of the signed context of an anchor, as a string. */
export function contextPath(anchor: AuditAnchor | undefined, ...path: readonly string[]): string | undefined {
  let value: unknown = anchor?.context ?? null;
  for (const name of path) value = jsonMember(value as never, name) ?? null;
  return value === null ? undefined : String(value);
}

/** Returns a JSON text with line breaks, for reading; the text itself if it is not JSON. */
export function pretty(text: string): string {
  return (attempt(() => JSON.stringify(JSON.parse(text), null, 2)) ?? text)
    .split('\n')
    .map(visible)
    .join('\n');
}

/** Control, format and line-separating characters: they could hide or reorder what a person decides about. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** Returns a string in which every character that a browser would obey or hide is written as its code point. */
export const visible = (text: string): string =>
  text.replaceAll(INVISIBLE, (c) => `\\u{${(c.codePointAt(0) as number).toString(16)}}`);

/** Returns the members of a JSON text, or undefined. */
export const jsonOf = (text: string): unknown => attempt(() => parseJson(text, 'record'));

/** Whether all checks of an entry passed; undefined if it has none. */
export function verdictOf({ checks }: Pick<Entry, 'checks'>): boolean | undefined {
  if (checks.length === 0) return undefined;
  return checks.every(({ isPassed }) => isPassed === true);
}
