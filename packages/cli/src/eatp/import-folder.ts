import {
  type AuthorityPermission,
  isEatpError,
  MemoryTrustStore,
  type Root,
  TrustOperations,
} from '@kaizen-eatp/core';
import {
  authorityCodec,
  importPublicKey,
  type JsonObject,
  TrustLineageChain,
} from '@kaizen-eatp/core/records';
import { counted } from '../output/lines.js';
import type { Session } from '../session/session.js';
import type { Outcome } from '../spec/command-spec.js';
import type { Given } from '../spec/given.js';
import { chainIn, type EatpFolder, readFolder } from './read-folder.js';

interface Refused {
  readonly kind: 'authority' | 'chain' | 'key';
  readonly file: string;
  readonly code: string;
  readonly reason: string;
}

interface Sound {
  readonly authorities: {
    readonly id: string;
    readonly publicKey: string;
    readonly permissions: readonly AuthorityPermission[];
    readonly record: JsonObject;
  }[];
  readonly chains: { readonly agentId: string; readonly text: string }[];
  readonly inactive: string[];
  readonly unsigned: { readonly agentId: string; readonly delegationId: string }[];
  readonly refused: Refused[];
}

/** Imports what the reference's command wrote, after every signature has been checked. */
export async function importFolder(session: Session, given: Given, folder: string): Promise<Outcome> {
  const source = readFolder(folder);
  const sound = await judge(source);
  const { authorities, chains, inactive, unsigned, refused } = sound;
  const isRefused = refused.length > 0 && !given.flag('skipRefused');
  const counts = { authorities: 0, chains: 0, keys: 0 };
  const present: string[] = [];
  if (!isRefused && !given.flag('dryRun')) {
    const ids = authorities.map(({ id }) => id).join(', ');
    await session.confirm(
      given,
      `Trust ${counted(authorities.length, 'authority', 'authorities')} (${ids})?`,
    );
    await store(session, sound, counts, present);
    if (given.flag('withKeys')) counts.keys = await importKeys(session, source, present);
  }
  return {
    yes: !isRefused,
    result: {
      imported: counts,
      authorities: authorities.map(({ id, publicKey }) => ({ authority_id: id, public_key: publicKey })),
      agents: chains.map(({ agentId }) => agentId),
      already_present: present,
      inactive,
      unsigned_reasoning: unsigned.map(({ agentId, delegationId }) => ({
        agent_id: agentId,
        delegation_id: delegationId,
      })),
      refused,
      dry_run: given.flag('dryRun'),
    },
    lines: [
      ...(isRefused
        ? [`INVALID: ${counted(refused.length, 'record')} of ${folder} refused. Nothing was imported.`]
        : []),
      ...(!isRefused && given.flag('dryRun') ? ['Nothing was imported: this was a trial.'] : []),
      ...(!isRefused && !given.flag('dryRun')
        ? [
            `Imported ${counted(counts.authorities, 'authority', 'authorities')}, ${counted(counts.chains, 'chain')} and ${counted(counts.keys, 'key')}.`,
          ]
        : []),
      ...refused.map(({ file, code, reason }) => `  refused: ${file}: ${code}: ${reason}`),
      ...present.map((id) => `  already present: ${id}`),
      ...unsigned.map(
        ({ agentId, delegationId }) =>
          `  left out: the reasoning of ${delegationId} to ${agentId}, which is not signed`,
      ),
      ...inactive.map((id) => `  inactive in the source: ${id}`),
    ],
  };
}

/** Judges everything over an empty store in memory, in which only these authorities exist. */
async function judge(source: EatpFolder): Promise<Sound> {
  const sound: Sound = { authorities: [], chains: [], inactive: [], unsigned: [], refused: [] };
  const trust = new TrustOperations({ store: new MemoryTrustStore(), roots: rootsIn(source) });
  for (const { path, content } of source.authorities) {
    await attempt(sound, 'authority', path, async () => {
      const { id, publicKey, permissions } = await trust.registerAuthority(content ?? {});
      sound.authorities.push({ id, publicKey, permissions, record: content as JsonObject });
    });
  }
  const imported: { path: string; agentId: string; text: string }[] = [];
  for (const { path, content } of source.chains) {
    if (content?.active === false) {
      sound.inactive.push(String(content.agent_id));
      continue;
    }
    await attempt(sound, 'chain', path, async () => {
      const { text, unsigned } = chainIn(content ?? {}) ?? { text: '{}', unsigned: [] };
      const { agentId } = await trust.importChain(text);
      for (const delegationId of unsigned) sound.unsigned.push({ agentId, delegationId });
      imported.push({ path, agentId, text });
    });
  }
  // Only now are the chains of the delegators known, so that it can be judged whether they had what they gave.
  for (const { path, agentId, text } of imported) {
    const { denial } = await trust.verify({ agentId, action: 'verify_chain', level: 'full' });
    if (!denial || ['CAPABILITY_NOT_HELD', 'EXPIRED', 'CONSTRAINT_VIOLATED'].includes(denial.code))
      sound.chains.push({ agentId, text });
    else sound.refused.push({ kind: 'chain', file: path, code: denial.code, reason: denial.reason });
  }
  return sound;
}

/** The authorities of the source, which are believed while it is judged. An invalid one is refused later. */
function rootsIn({ authorities }: EatpFolder): Root[] {
  const roots = new Map<string, Root>();
  for (const { content } of authorities) {
    const { id, public_key: publicKey } = content ?? {};
    if (typeof id !== 'string' || typeof publicKey !== 'string' || !isPublicKey(publicKey)) continue;
    if (!roots.has(id)) roots.set(id, { id, publicKey });
  }
  return [...roots.values()];
}

function isPublicKey(text: string): boolean {
  try {
    importPublicKey(text);
    return true;
  } catch {
    return false;
  }
}

async function attempt(
  sound: Sound,
  kind: Refused['kind'],
  file: string,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!isEatpError(error)) throw error;
    sound.refused.push({ kind, file, code: error.code, reason: error.summary });
  }
}

async function store(
  session: Session,
  { authorities, chains }: Sound,
  counts: { authorities: number; chains: number },
  present: string[],
): Promise<void> {
  // The deployment believes what it has pinned when it is opened.
  for (const { id, publicKey, permissions } of authorities) session.pin(id, { publicKey, permissions });
  const trust = await session.trust(true);
  for (const { id, publicKey, record } of authorities) {
    const known = await trust.getAuthority(id);
    if (known?.publicKey === publicKey) {
      present.push(id);
    } else {
      await trust.registerAuthority(authorityCodec.encode(authorityCodec.decode(record)));
      counts.authorities += 1;
    }
  }
  for (const { agentId, text } of chains) {
    const known = await trust.getChain(agentId);
    if (known && known.hash() === TrustLineageChain.parse(text).hash()) {
      present.push(agentId);
    } else {
      await trust.importChain(text);
      counts.chains += 1;
    }
  }
}

async function importKeys(session: Session, { keys }: EatpFolder, present: string[]): Promise<number> {
  const held = new Set((await session.keyList()).map(({ keyId }) => keyId));
  let count = 0;
  for (const { content } of keys) {
    const { key_id: keyId, private_key: privateKey } = content ?? {};
    if (typeof keyId !== 'string' || typeof privateKey !== 'string') continue;
    if (held.has(keyId)) {
      present.push(keyId);
    } else {
      await session.keys.importKey(keyId, privateKey);
      count += 1;
    }
  }
  return count;
}
