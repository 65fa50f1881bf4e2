import type { Authority } from '@kaizen-eatp/core';
import { authorityCodec, type JsonObject, parseJson } from '@kaizen-eatp/core/records';
import type { ReferenceClient } from './reference-client.ts';
import type { ReferenceAuthority } from './reference-records.ts';

/** Authorities in the reference's form; without their private keys, so that it can only verify. */
export const referenceAuthorities = (authorities: readonly Authority[]): ReferenceAuthority[] =>
  authorities.map((authority) => ({ authority: authorityCodec.encode(authority) }));

/** Something that each capability of a stored chain covers. */
export function actionsOf(stored: string): string[] {
  const { capabilities } = parseJson(stored) as { capabilities: readonly JsonObject[] } & JsonObject;
  return [...new Set(capabilities.map((capability) => String(capability.capability).replace('*', 'x')))];
}

/** The actions of a chain that the reference does not permit at `full`, with its reasons. */
export async function refusals(reference: ReferenceClient, world: string, stored: string): Promise<string[]> {
  const actions = actionsOf(stored);
  const verdicts = await reference.verifyStored(
    world,
    stored,
    actions.map((action) => ({ action, level: 'full' })),
  );
  return verdicts.flatMap(({ valid, reason }, i) => (valid ? [] : [`${actions[i]}: ${reason}`]));
}
