import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { checkVectors } from '../src/vector-checker.ts';
import { readVectorFile, type VectorFile } from '../src/vector-file.ts';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const folders = [at('../vectors'), at('../../../shared/vectors')].filter(existsSync);
const files = folders.flatMap((folder) =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => join(folder, name)),
);
const seedOne = files.find((file) => file.endsWith('seed-1.json')) as string;

describe('golden values of the reference', () => {
  it.each(files)('%s: none is wrong', async (path) => {
    const { checked, wrong } = await checkVectors(readVectorFile(path));
    expect(wrong).toEqual([]);
    expect(checked).toBeGreaterThan(1000);
  });

  it('are there for two seeds at least', () => {
    expect(files.length).toBeGreaterThanOrEqual(2);
  });
});

const whole = readVectorFile(seedOne);
type Chain = VectorFile['chains'][number];

/** A chain of the file with a delegation, which is what a change needs to have all kinds of value at hand. */
const withDelegation = whole.chains.findIndex((chain) => Object.keys(chain.delegation_payloads).length > 0);
const other = (digest: string): string => (digest.startsWith('0') ? '1' : '0') + digest.slice(1);
const flipVerdict = <T extends { valid: boolean }>(verdicts: T[], level: string): void => {
  const verdict = verdicts.find((v) => 'level' in v && v.level === level) as T;
  verdict.valid = !verdict.valid;
};
const changePayload = (payloads: Record<string, string>): void => {
  const [id, payload] = Object.entries(payloads)[0] as [string, string];
  payloads[id] = payload.replace('"id"', '"iD"').replace('_id"', '_iD"');
};
const flipSignature = (stored: string, after: string): string => {
  const [from, signature] = stored
    .slice(stored.indexOf(after))
    .match(/"signature": "([A-Za-z0-9+/]{86}==)"/) as [string, string];
  const bytes = Buffer.from(signature, 'base64');
  bytes[3] = (bytes[3] as number) ^ 1;
  return stored.replace(from, `"signature": "${bytes.toString('base64')}"`);
};

const changes: Record<string, (file: VectorFile, chain: Chain) => void> = {
  'a canonical text': ({ canonical }) => {
    canonical[0]!.canonical += ' ';
  },
  'the digest of a canonical text': ({ canonical }) => {
    canonical[0]!.sha256 = other(canonical[0]!.sha256);
  },
  'the source of a canonical text': ({ canonical }) => {
    canonical[0]!.json = '{"v":1.5}';
  },
  'a chain hash': (_, chain) => {
    chain.chain_hash = other(chain.chain_hash);
  },
  'a constraint hash': (_, chain) => {
    chain.constraint_hash = other(chain.constraint_hash);
  },
  'a genesis payload': (_, chain) => {
    chain.genesis_payload = chain.genesis_payload.replace('agent_id', 'agent_iD');
  },
  'a capability payload': (_, chain) => changePayload(chain.capability_payloads),
  'a missing capability payload': (_, chain) => {
    chain.capability_payloads = {};
  },
  'a delegation payload': (_, chain) => changePayload(chain.delegation_payloads),
  'a missing delegation payload': (_, chain) => {
    chain.delegation_payloads = {};
  },
  'a chain-state payload': (_, chain) => {
    chain.chain_state_payload = chain.chain_state_payload.replace('gen-', 'gem-');
  },
  'the signature of a genesis': (_, chain) => {
    chain.stored = flipSignature(chain.stored, '"genesis"');
  },
  'the signature of a capability': (_, chain) => {
    chain.stored = flipSignature(chain.stored, '"capabilities"');
  },
  'the signature of a delegation': (_, chain) => {
    chain.stored = flipSignature(chain.stored, '"delegations"');
  },
  'a verdict at quick': (_, chain) => flipVerdict(chain.verify, 'quick'),
  'a verdict at standard': (_, chain) =>
    flipVerdict(
      chain.verify.filter((v) => v.valid),
      'standard',
    ),
  'a verdict at full': (_, chain) =>
    flipVerdict(
      chain.verify.filter((v) => v.valid),
      'full',
    ),
  'an anchor payload': ({ anchors }) => {
    anchors[0]!.signing_payload = anchors[0]!.signing_payload.replace('aud-', 'auD-');
  },
  'the signature of an anchor': ({ anchors }) => {
    anchors[0]!.stored = flipSignature(anchors[0]!.stored, '{');
  },
  'the authority of an anchor': (file) => {
    file.anchors[0]!.authority_id = otherAuthority(file);
  },
  'the key of an authority': (file) => {
    (file.authorities[0]!.authority as { public_key: string }).public_key = lastKey(file);
  },
  'the private key of an authority': ({ authorities }) => {
    authorities[0]!.private_key = authorities.at(-1)!.private_key;
  },
  'a chain that cannot be read': (_, chain) => {
    chain.stored = chain.stored.replaceAll('"delegated_at"', '"delegated"');
  },
  'an anchor that cannot be read': ({ anchors }) => {
    anchors[0]!.stored = anchors[0]!.stored.slice(1);
  },
  'a verdict on a tampered chain': ({ tampered }) => flipVerdict(tampered[0]!.verify, 'full'),
};
const otherAuthority = ({ authorities, anchors }: VectorFile): string =>
  authorities.find(({ authority }) => authority.id !== anchors[0]!.authority_id)!.authority.id;
const lastKey = ({ authorities }: VectorFile): string => authorities.at(-1)!.authority.public_key;

describe('one wrong golden value is counted wrong', () => {
  const cutDown = { ...whole, canonical: whole.canonical.slice(0, 2), tampered: whole.tampered.slice(0, 1) };

  it('and none where nothing is changed', async () => {
    expect((await checkVectors(cutDown)).wrong).toEqual([]);
  });

  it.each(Object.entries(changes))('%s', async (_, change) => {
    const file: VectorFile = structuredClone(cutDown);
    change(file, file.chains[withDelegation] as Chain);
    expect((await checkVectors(file)).wrong.length).toBeGreaterThan(0);
  });
});

describe('node interop/check-vectors.ts', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vectors-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const written = (name: string, content: string): string => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  const without = (field: string): string => JSON.stringify({ ...whole, [field]: undefined });

  it('says how many it checked and ends with 0', async () => {
    const { code, output } = await check(seedOne);
    expect(output).toMatch(/^\d{4} checked, 0 wrong\n$/);
    expect(code).toBe(0);
  });

  it('shows what is wrong and ends with 1', async () => {
    const [first, ...rest] = whole.canonical;
    const path = written(
      'wrong.json',
      JSON.stringify({ ...whole, canonical: [{ ...first, canonical: '{}' }, ...rest] }),
    );
    const { code, output } = await check(path);
    expect(output).toContain('WRONG canonical[0]: expected "{}", got ');
    expect(output).toContain(' checked, 1 wrong');
    expect(code).toBe(1);
  });

  it('checks the other files when one cannot be read, and ends with 1 all the same', async () => {
    const { code, output } = await check(join(folder, 'nowhere.json'), seedOne);
    expect(output).toContain('cannot be read');
    expect(output).toContain('checked, 0 wrong');
    expect(code).toBe(1);
  });

  it('asks for a file when it gets none', async () => {
    const { code, output } = await check();
    expect(output).toMatch(/^Name a file of golden values/);
    expect(code).toBe(2);
  });

  it.each([
    ['a missing file', () => join(folder, 'nowhere.json'), 'cannot be read: ENOENT'],
    [
      'an empty file',
      () => written('empty.json', ''),
      'is not JSON (Unexpected end of JSON input). Is it whole?',
    ],
    [
      'a truncated file',
      () => written('half.json', readFileSync(seedOne, 'utf8').slice(0, 5000)),
      'Is it whole?',
    ],
    [
      'a list',
      () => written('list.json', '[]'),
      '(top level): Invalid input: expected object, received array',
    ],
    ['another object', () => written('other.json', '{"a":1}'), 'reference: Invalid input'],
    [
      'no reference',
      () => written('noref.json', without('reference')),
      'reference: Invalid input: expected string, received undefined',
    ],
    ['no chains', () => written('nochains.json', without('chains')), 'chains: Invalid input'],
    ...(['authorities', 'canonical', 'chains', 'anchors', 'tampered'] as const).map(
      (field) =>
        [
          `an empty list of ${field}`,
          () => written(`empty-${field}.json`, JSON.stringify({ ...whole, [field]: [] })),
          `${field}: Too small: expected array to have >=1 items`,
        ] as const,
    ),
  ] as const)('refuses %s, naming it, and ends with 1', async (_, path, message) => {
    const file = path();
    const { code, output } = await check(file);
    expect(output).toContain(file);
    expect(output).toContain(message);
    expect(output).not.toContain('checked');
    expect(code).toBe(1);
  });
});

function check(...paths: string[]): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, [at('../check-vectors.ts'), ...paths]);
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      output += chunk;
    });
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, output })));
}
