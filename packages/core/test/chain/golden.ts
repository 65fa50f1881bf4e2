import { readFileSync } from 'node:fs';
import type { Authority } from '@kaizen-eatp/core';
import type { JsonObject } from '@kaizen-eatp/core/records';

/** A chain that the Python reference wrote, and its hashes; see `interop/vectors`. */
export interface GoldenChain {
  readonly stored: string;
  readonly chain_hash: string;
  readonly genesis_payload: string;
  readonly capability_payloads: Readonly<Record<string, string>>;
  readonly delegation_payloads: Readonly<Record<string, string>>;
  readonly chain_state_payload: string;
  readonly constraint_hash: string;
}

export interface GoldenFile {
  readonly authorities: readonly { readonly authority: JsonObject; readonly private_key: string }[];
  readonly chains: readonly GoldenChain[];
}

const path = new URL('../../../../interop/vectors/kailash-trust-2.63.0-seed-1.json', import.meta.url);
export const golden = JSON.parse(readFileSync(path, 'utf8')) as GoldenFile;

export function goldenChain(agentId: string): GoldenChain {
  const found = golden.chains.find(
    (chain) =>
      chain.stored.includes(`"agent_id": "${agentId}"`) || chain.stored.includes(`"agent_id":"${agentId}"`),
  );
  if (!found) throw new Error(`there is no golden chain of ${agentId}`);
  return found;
}

export const signingKeyIdOf = (authority: JsonObject): string =>
  authority.signing_key_id as Authority['signingKeyId'];
