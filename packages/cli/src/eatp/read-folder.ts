import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import {
  isJsonObject,
  type JsonObject,
  type JsonValue,
  parseJson,
  writeJson,
} from '@kaizen-eatp/core/records';
import { CliError, notFound } from '../errors.js';

/** A JSON file of the Python reference. */
export interface EatpFile {
  /** The path of the file. */
  readonly path: string;
  /** The content; undefined if it is not a JSON object. */
  readonly content: JsonObject | undefined;
}

/** The files that the reference's command `eatp` keeps in its folder. */
export interface EatpFolder {
  /** The records of authorities. */
  readonly authorities: readonly EatpFile[];
  /** The chains, each in an envelope. */
  readonly chains: readonly EatpFile[];
  /** The private keys, in plain. */
  readonly keys: readonly EatpFile[];
}

/** Reads a folder of the reference. @throws CliError `FILE_NOT_FOUND`, `RECORD_NOT_FOUND` if it holds no records. */
export function readFolder(folder: string): EatpFolder {
  if (!existsSync(folder) || !statSync(folder).isDirectory())
    throw new CliError('FILE_NOT_FOUND', `There is no folder ${folder}`, { remedy: 'Correct the path.' });
  const found = {
    authorities: filesIn(join(folder, 'authorities')),
    chains: filesIn(join(folder, 'chains')),
    keys: filesIn(join(folder, 'keys')),
  };
  if (found.authorities.length + found.chains.length > 0) return found;
  throw notFound(
    'record of the Python reference in',
    folder,
    'Name the folder that holds authorities and chains.',
  );
}

function filesIn(folder: string): EatpFile[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json') && !name.startsWith('.') && !name.endsWith('.key.json'))
    .sort()
    .map((name) => ({ path: join(folder, name), content: read(join(folder, name)) }));
}

function read(path: string): JsonObject | undefined {
  try {
    const content = parseJson(readFileSync(path, 'utf8'), 'file');
    return isJsonObject(content) ? content : undefined;
  } catch {
    return undefined;
  }
}

/** The chain in an envelope. */
export interface ChainInEnvelope {
  /** The text of the chain. */
  readonly text: string;
  /** The delegations whose reasoning was left out, since it is not signed. */
  readonly unsigned: readonly string[];
}

/**
 * Returns the chain in an envelope; undefined if there is none. The reference's command writes the reasoning of a
 * delegation without a signature, so that anyone can have written it. It is left out; no signature covers it.
 */
export function chainIn(envelope: JsonObject): ChainInEnvelope | undefined {
  const { chain } = envelope;
  if (!isJsonObject(chain)) return undefined;
  const unsigned: string[] = [];
  const { delegations } = chain;
  if (!Array.isArray(delegations)) return { text: writeJson(chain), unsigned };
  const kept = (delegations as readonly JsonValue[]).map((delegation) => {
    if (!isJsonObject(delegation) || !delegation.reasoning_trace) return delegation;
    if (delegation.reasoning_trace_hash || delegation.reasoning_signature) return delegation;
    unsigned.push(String(delegation.id));
    const { reasoning_trace: _, ...signed } = delegation;
    return signed;
  });
  return { text: writeJson({ ...chain, delegations: kept }), unsigned };
}
