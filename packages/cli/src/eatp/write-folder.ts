import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isEatpError } from '@kaizen-eatp/core';
import { authorityCodec, parseJson, TrustLineageChain, writeJson } from '@kaizen-eatp/core/records';
import { CliError } from '../errors.js';
import { counted } from '../output/lines.js';
import { chainsOf } from '../reading/chains.js';
import { authoritiesOf } from '../reading/rows.js';
import type { Session } from '../session/session.js';
import type { Outcome } from '../spec/command-spec.js';

/** Writes the authorities and the chains in force into a folder that the reference's command `eatp` can use. */
export async function writeFolder(session: Session, folder: string): Promise<Outcome> {
  const [store, trust] = [await session.store(), await session.trust()];
  makeFolder(folder);
  const authorities = await authoritiesOf(store);
  for (const authority of authorities)
    write(join(folder, 'authorities', fileName(authority.id)), writeJson(authorityCodec.encode(authority)));
  const agents: string[] = [];
  const skipped: { agent_id: string; code: string; reason: string }[] = [];
  for await (const { agentId, active } of chainsOf(store)) {
    if (!active) continue;
    try {
      const text = await trust.exportChain(agentId);
      write(join(folder, 'chains', fileName(agentId)), envelope(agentId, text));
      agents.push(agentId);
    } catch (error) {
      if (!isEatpError(error)) throw error;
      skipped.push({ agent_id: agentId, code: error.code, reason: error.summary });
    }
  }
  return {
    yes: skipped.length === 0,
    result: { folder, authorities: authorities.map(({ id }) => id), agents, skipped },
    lines: [
      `Exported ${counted(authorities.length, 'authority', 'authorities')} and ${counted(agents.length, 'agent')} to ${folder}.`,
      '  Private keys were not exported.',
      ...skipped.map(({ agent_id, code, reason }) => `  left out: ${agent_id}: ${code}: ${reason}`),
    ],
  };
}

function makeFolder(folder: string): void {
  try {
    if (existsSync(folder) && readdirSync(folder).length > 0) throw new Error('it is not empty');
    for (const part of ['authorities', 'chains', 'keys'])
      mkdirSync(join(folder, part), { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new CliError('FILE_NOT_USABLE', `The folder ${folder} cannot be written`, {
      expected: 'a new or an empty folder',
      received: (cause as Error).message,
      remedy: 'Name another folder: nothing is overwritten.',
      cause,
    });
  }
}

const write = (path: string, text: string): void =>
  writeFileSync(path, `${text}\n`, { mode: 0o600, flag: 'wx' });

/** The envelope in which the reference keeps a chain. */
function envelope(agentId: string, text: string): string {
  const { genesis } = TrustLineageChain.parse(text);
  return writeJson({
    agent_id: agentId,
    active: true,
    stored_at: genesis.createdAt,
    updated_at: null,
    deleted_at: null,
    expires_at: genesis.expiresAt ?? null,
    chain: parseJson(text, 'chain'),
  });
}

/** The name that the reference gives to a file: a digest for an id that no file can have as its name. */
const fileName = (id: string): string =>
  `${/[/\\:*?"<>|]/.test(id) ? createHash('sha256').update(id).digest('hex') : id}.json`;
