import type { VerificationResult } from '@kaizen-eatp/core';
import { type ReasoningTrace, reasoningTraceHash } from '@kaizen-eatp/core/records';
import { beforeAll, describe, expect, it } from 'vitest';
import { ALICE, accepted, BOB, human, minutes, World } from './world.js';

/**
 * The fields that no signature covers, each with the reason why a change of it may go unnoticed. Everything else
 * in a stored chain is signed.
 */
const UNSIGNED: Readonly<Record<string, string>> = {
  chain_hash: 'computed from the records whenever it is needed, never read',
  'genesis.signature_algorithm': 'not in the reference’s pre-image; only Ed25519 is ever tried',
  'constraint_envelope.id': 'a name; the state signs the constraints themselves',
  'constraint_envelope.agent_id': 'a copy; whose chain it is stands in the signed genesis record',
  'constraint_envelope.constraint_hash': 'computed from the constraints, never believed',
  'constraint_envelope.active_constraints.source':
    'a note on where it came from; limits are derived from the signed records',
  'constraint_envelope.active_constraints.priority': 'nothing is decided by it',
  'delegations.delegation_chain': 'a note; the path is walked from the signed parents',
  'delegations.delegation_depth': 'a note; the depth is counted',
};

/** The values of absent fields. A record without the field says the same. */
const DEFAULTS: Readonly<Record<string, string>> = {
  'delegations.signing_payload_version': 'legacy-python-v0',
};

/** Objects whose contents are signed as they are, so that every key in them counts. */
const FREE_FORM = new Set(['genesis.metadata', 'capabilities.scope', 'delegations.reasoning_trace.evidence']);

let world: World;
let text: string;
let known: ReadonlySet<string>;

const trace: ReasoningTrace = {
  decision: 'hand over',
  rationale: 'bob has the data',
  confidentiality: 'public',
  timestamp: '2026-01-05T11:00:00.000001+00:00',
  evidence: [{ score: 1 }],
};

beforeAll(async () => {
  world = await World.create();
  await world.establish(ALICE, ['deploy_*'], ['eu']);
  await world.trust.establish({
    agentId: BOB,
    authorityId: 'org-acme',
    capabilities: [{ capability: 'read', scope: { rows: 10 }, constraints: ['slow'] }],
    metadata: { team: 'é', limit: 1.5 },
    expiresAt: minutes(600),
    protocolCapabilities: false,
  });
  await accepted(world.trust, {
    delegatorId: ALICE,
    delegateeId: BOB,
    taskId: 'task-1',
    capabilities: ['deploy_x'],
    lasting: true,
    humanOrigin: human('dave'),
    reasoningTrace: trace,
  });
  text = (await world.stored(BOB)).text;
  known = new Set(paths(JSON.parse(text)));
});

function paths(value: unknown, path = ''): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => paths(item, path));
  if (typeof value !== 'object' || value === null) return [path];
  return [
    path,
    ...Object.entries(value).flatMap(([key, item]) => paths(item, path ? `${path}.${key}` : key)),
  ];
}

/**
 * Returns the signed content of a chain: without the unsigned fields, without unknown keys (which are not signed either),
 * and without nulls and defaults, since these are the same as absent fields in every record.
 */
function signedPart(value: unknown, path = ''): unknown {
  if (Array.isArray(value)) return value.map((item) => signedPart(item, path));
  if (typeof value !== 'object' || value === null) return value;
  if (FREE_FORM.has(path)) return value;
  const kept = Object.entries(value).flatMap(([key, item]) => {
    const at = path ? `${path}.${key}` : key;
    const isKept = item !== null && item !== DEFAULTS[at] && known.has(at) && !(at in UNSIGNED);
    const child = isKept ? signedPart(item, at) : undefined;
    const isEmpty =
      typeof child === 'object' && child !== null && !Array.isArray(child) && Object.keys(child).length === 0;
    return isKept && !(isEmpty && !FREE_FORM.has(at)) ? [[key, child] as const] : [];
  });
  return Object.fromEntries(kept.sort(([a], [b]) => (a < b ? -1 : 1)));
}

const saysTheSame = (changed: string): boolean => {
  try {
    return JSON.stringify(signedPart(JSON.parse(changed))) === JSON.stringify(signedPart(JSON.parse(text)));
  } catch {
    return false;
  }
};

async function judge(changed: string): Promise<VerificationResult> {
  await world.overwrite(BOB, changed);
  return world.trust.verify({ agentId: BOB, action: 'read', level: 'standard' });
}

describe('any single byte of a stored chain changed', () => {
  it('starts from a chain that is good, and has every kind of record', async () => {
    expect((await judge(text)).valid).toBe(true);
    const wire = JSON.parse(text);
    expect(wire.delegations[0].reasoning_trace_hash).toBe(reasoningTraceHash(trace));
    expect(Object.keys(UNSIGNED).filter((path) => !known.has(path))).toEqual([]);
  });

  it.each([
    ['its lowest bit', (code: number) => code ^ 1],
    ['another bit', (code: number) => code ^ 4],
    ['the bit of its case', (code: number) => code ^ 32],
    ['a digit', (code: number) => (code === 0x30 ? 0x31 : 0x30)],
    ['a quotation mark', (code: number) => (code === 0x22 ? 0x5c : 0x22)],
  ])('in %s is refused, unless no signature covers that field', async (_what, change) => {
    let refused = 0;
    const accepted: string[] = [];
    for (let at = 0; at < text.length; at++) {
      const changed =
        text.slice(0, at) + String.fromCharCode(change(text.charCodeAt(at))) + text.slice(at + 1);
      // No store takes a string with the character U+0000.
      const valid = !changed.includes('\0') && (await judge(changed)).valid;
      if (!valid) refused++;
      else if (!saysTheSame(changed))
        accepted.push(`${at}: …${changed.slice(Math.max(0, at - 40), at + 40)}…`);
    }
    expect(accepted).toEqual([]);
    expect(refused).toBeGreaterThan(text.length / 2);
  });

  it('is not needed to be white space between the tokens, which says nothing', async () => {
    expect((await judge(JSON.stringify(JSON.parse(text), null, 1))).valid).toBe(true);
  });

  it.each(Object.entries(UNSIGNED))('%s may change: %s', async (path) => {
    const wire = JSON.parse(text);
    const keys = path.split('.');
    let record = wire;
    for (const key of keys.slice(0, -1)) record = Array.isArray(record[key]) ? record[key][0] : record[key];
    const last = keys.at(-1) as string;
    const old = record[last];
    record[last] =
      typeof old === 'number'
        ? old + 1
        : Array.isArray(old)
          ? [...old, 'x']
          : last === 'authenticated_at'
            ? old.replace('2026', '2027')
            : `${old}x`;
    expect((await judge(JSON.stringify(wire))).valid).toBe(true);
  });

  it('and a field that is added where no version knows it says nothing', async () => {
    expect((await judge(text.replace('{"genesis"', '{"x":1,"genesis"'))).valid).toBe(true);
  });
});
