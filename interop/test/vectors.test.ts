import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { agentOf } from '../src/unchecked-store.ts';
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
    const { checked, wrong, permitted } = await checkVectors(readVectorFile(path));
    expect(wrong).toEqual([]);
    expect(checked).toBeGreaterThan(1000);
    // Each file has delegations that were changed, which the reference notices at `full` only.
    expect(permitted.find(({ id }) => id === 'delegation-signature')?.count).toBeGreaterThan(10);
  });

  it('are of two seeds for each version, byte for byte as they were generated', () => {
    const pinned = readFileSync(at('../vectors/SHA256SUMS'), 'utf8').trim().split('\n');
    expect(pinned.map((line) => line.split('  ')[1])).toEqual([
      'kailash-trust-2.63.0-seed-1.json',
      'kailash-trust-2.63.0-seed-2.json',
      'kailash-trust-2.65.0-seed-1.json',
      'kailash-trust-2.65.0-seed-2.json',
    ]);
    for (const line of pinned) {
      const [digest, name] = line.split('  ') as [string, string];
      const content = readFileSync(at(`../vectors/${name}`));
      expect(`${name} ${createHash('sha256').update(content).digest('hex')}`).toBe(`${name} ${digest}`);
      expect(name).toContain((JSON.parse(String(content)) as VectorFile).reference.split(' ')[1]);
    }
  });
});

const whole = readVectorFile(seedOne);
type Chain = VectorFile['chains'][number];

/** A chain of the file with a delegation, which is what a change needs to have all kinds of value at hand. */
const withDelegation = whole.chains.find(
  (chain) => Object.keys(chain.delegation_payloads).length > 0,
) as Chain;
const [firstTampered] = whole.tampered;
/** That chain, the untouched chain of the first tampered one, and the chains of all delegators: enough to check fast. */
const needed = new Set<string>();
const need = (agentId: string): void => {
  const chain = whole.chains.find(({ stored }) => agentOf(stored) === agentId);
  if (!chain || needed.has(agentId)) return;
  needed.add(agentId);
  const { delegations } = JSON.parse(chain.stored) as { delegations: { delegator_id: string }[] };
  for (const { delegator_id } of delegations) need(delegator_id);
};
for (const { stored } of [withDelegation, firstTampered!]) need(agentOf(stored));
const cutDown: VectorFile = {
  ...whole,
  canonical: whole.canonical.slice(0, 2),
  chains: [
    withDelegation,
    ...whole.chains.filter((c) => c !== withDelegation && needed.has(agentOf(c.stored))),
  ],
  anchors: whole.anchors.slice(0, 2),
  tampered: [firstTampered!],
};
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
  'a missing verdict': (_, chain) => {
    chain.verify.pop();
  },
  'an authority whose id another one has': (file) => {
    file.authorities.push({ ...file.authorities[0]! });
  },
  'a chain of an authority that the file does not have': (file, chain) => {
    const { authority_id } = JSON.parse(chain.stored).genesis;
    file.authorities = file.authorities.filter(({ authority }) => authority.id !== authority_id);
  },
};
const otherAuthority = ({ authorities, anchors }: VectorFile): string =>
  authorities.find(({ authority }) => authority.id !== anchors[0]!.authority_id)!.authority.id;
const lastKey = ({ authorities }: VectorFile): string => authorities.at(-1)!.authority.public_key;

describe('one wrong golden value is counted wrong', () => {
  it('and none where nothing is changed', async () => {
    expect((await checkVectors(cutDown)).wrong).toEqual([]);
  });

  it.each(Object.entries(changes))('%s', async (_, change) => {
    const file: VectorFile = structuredClone(cutDown);
    change(file, file.chains[0] as Chain);
    expect((await checkVectors(file)).wrong.length).toBeGreaterThan(0);
  });
});

describe('a flipped verdict is counted wrong', () => {
  const levels = ['quick', 'standard', 'full'] as const;
  const seen = new Set(
    [...whole.chains, ...whole.tampered].flatMap(({ verify }) =>
      verify.map(({ level, valid }) => `${level} ${valid}`),
    ),
  );

  it('and the file has permissions and refusals at each level to try it with', () => {
    expect(seen).toEqual(new Set(levels.flatMap((level) => [`${level} true`, `${level} false`])));
  });

  it.each(levels)('each one at %s', async (level) => {
    const file: VectorFile = structuredClone(whole);
    const flipped: string[] = [];
    const flip = (what: string, verdicts: { level: string; valid: boolean }[]): void => {
      for (const verdict of verdicts) {
        if (verdict.level !== level) continue;
        verdict.valid = !verdict.valid;
        flipped.push('action' in verdict ? `${what} ${verdict.action} ${level}` : `${what} ${level}`);
      }
    };
    for (const { stored, verify } of file.chains) flip(agentOf(stored), verify);
    for (const [i, { what, verify }] of file.tampered.entries()) flip(`tampered[${i}] ${what}`, verify);
    const { wrong } = await checkVectors(file);
    const unnoticed = flipped.filter((what) => !wrong.some((line) => line.startsWith(what)));
    expect(unnoticed).toEqual([]);
    expect(flipped.length).toBeGreaterThan(400);
  });

  it('one that is flipped at standard and at full alike', async () => {
    const permitted = whole.tampered.findIndex(({ verify }) => {
      const at = (level: string): boolean | undefined => verify.find((v) => v.level === level)?.valid;
      return at('standard') === true && at('full') === false;
    });
    const file: VectorFile = structuredClone({
      ...cutDown,
      chains: whole.chains,
      tampered: [whole.tampered[permitted]!],
    });
    for (const verdict of file.tampered[0]!.verify)
      if (verdict.level !== 'quick') verdict.valid = !verdict.valid;
    const { wrong } = await checkVectors(file);
    expect(wrong.map((line) => line.replace(/: .*/, ''))).toEqual([
      expect.stringMatching(/ standard, by the reference's rules$/),
      expect.stringMatching(/ full$/),
    ]);
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
    expect(output).toMatch(/\n\d{4} checked, 0 wrong\n$/);
    expect(output).toMatch(/^PERMITTED \d+ × delegation-signature: The reference's `standard` does not look/);
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
