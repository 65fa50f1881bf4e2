import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AuthorityPermission } from '@kaizen-eatp/core';
import { MalformedRecordError } from '@kaizen-eatp/core/errors';
import { AUTHORITY_PERMISSIONS } from '@kaizen-eatp/core/records';
import { replaceFile } from './settings-file.js';

/** How far a deployment believes an authority, whatever its store says. */
export interface Pin {
  /** Its public key: base64 of 32 bytes. */
  readonly publicKey: string;
  /** The permissions of the authority. Default: all. */
  readonly permissions?: readonly AuthorityPermission[];
  /** The ids of the agents that it can speak for; a pattern has one `*`. Default: all. */
  readonly namespaces?: readonly string[];
  /** The keys that replaced it, the newest last. Default: none. */
  readonly laterKeys?: readonly string[];
  /** Those of its keys that were revoked: a receipt that one of them signed is not believed. Default: none. */
  readonly revokedKeys?: readonly string[];
}

/** The authorities that a deployment believes, by id. */
export type Roots = Readonly<Record<string, Pin>>;

/** Whether a key is one that a deployment believes: the pinned one, or one that replaced it, and not revoked. */
export const isPinnedKey = (roots: Roots, authorityId: string, publicKey: string): boolean =>
  Object.hasOwn(roots, authorityId) && keysOfPin(roots[authorityId] as Pin).includes(publicKey);

/** The keys of a pin that count, the newest first. */
export const keysOfPin = ({ publicKey, laterKeys = [], revokedKeys = [] }: Pin): readonly string[] =>
  [...laterKeys.toReversed(), publicKey].filter((key) => !revokedKeys.includes(key));

/** Returns the path of the file of pinned authorities. */
export const rootsPath = (keys: string): string => join(keys, 'roots.json');

/** Reads the pinned authorities of a deployment; none if there is no file. @throws MalformedRecordError. */
export function readRoots(keys: string): Roots {
  let text: string;
  try {
    text = readFileSync(rootsPath(keys), 'utf8');
  } catch {
    return {};
  }
  return parseRoots(text, rootsPath(keys));
}

/**
 * Reads authorities by id: each is its public key, or `{ public_key, permissions, namespaces }`.
 *
 * @throws MalformedRecordError.
 */
export function parseRoots(text: string, path: string): Roots {
  try {
    const roots: unknown = JSON.parse(text);
    if (typeof roots === 'object' && roots !== null && !Array.isArray(roots))
      return Object.fromEntries(Object.entries(roots).map(([id, pin]) => [id, pinOf(pin)]));
  } catch {
    // The error below says what is expected.
  }
  throw new MalformedRecordError('MALFORMED_RECORD', `The file ${path} does not list authorities`, {
    expected: 'a JSON object of public keys by authority id',
    remedy: 'Restore the file, or write it again: { "org-acme": "base64 of the public key" }',
  });
}

function pinOf(pin: unknown): Pin {
  if (typeof pin === 'string') return { publicKey: pin };
  const {
    public_key: publicKey,
    permissions,
    namespaces,
    later_keys: laterKeys,
    revoked_keys: revokedKeys,
  } = pin as Record<string, unknown>;
  const isList = (list: unknown): boolean =>
    list === undefined || (Array.isArray(list) && list.every((item) => typeof item === 'string'));
  if (typeof publicKey !== 'string' || ![permissions, namespaces, laterKeys, revokedKeys].every(isList))
    throw new Error('not a pin');
  return {
    publicKey,
    ...(permissions !== undefined && { permissions: permissions as AuthorityPermission[] }),
    ...(namespaces !== undefined && { namespaces: namespaces as string[] }),
    ...(laterKeys !== undefined && { laterKeys: laterKeys as string[] }),
    ...(revokedKeys !== undefined && { revokedKeys: revokedKeys as string[] }),
  };
}

/** Pins an authority, or with undefined ends it. The file is replaced as a whole. */
export function pinRoot(keys: string, authorityId: string, pin: Pin | undefined): void {
  const { [authorityId]: _, ...others } = readRoots(keys);
  const roots = pin === undefined ? others : { ...others, [authorityId]: pin };
  replaceFile(keys, rootsPath(keys), rootsJson(roots));
}

/** Returns pinned authorities in the form of their file. */
export const rootsJson = (roots: Roots): Readonly<Record<string, string | object>> =>
  Object.fromEntries(Object.entries(roots).map(([id, pin]) => [id, jsonOf(pin)]));

/** The key alone if the authority is believed in everything. */
function jsonOf({ publicKey, permissions, namespaces, laterKeys, revokedKeys }: Pin): string | object {
  const isLimited =
    permissions !== undefined && AUTHORITY_PERMISSIONS.some((each) => !permissions.includes(each));
  if (!isLimited && [namespaces, laterKeys, revokedKeys].every((list) => list === undefined))
    return publicKey;
  return {
    public_key: publicKey,
    ...(isLimited && { permissions }),
    ...(namespaces && { namespaces }),
    ...(laterKeys && { later_keys: laterKeys }),
    ...(revokedKeys && { revoked_keys: revokedKeys }),
  };
}
