import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kaizen } from './support/kaizen.js';
import { wordsOf } from './support/run-script.js';
import { makeWorld, type World } from './support/world.js';

const EATP = fileURLToPath(new URL('../../../.venv/bin/eatp', import.meta.url));
const PYTHON = fileURLToPath(new URL('../../../.venv/bin/python', import.meta.url));

/** A call that both commands take, word for word, and how the two answers may differ. */
interface Shared {
  readonly call: string;
  /** Values of the answers to keep for later calls. */
  readonly keep?: Readonly<Record<string, string>>;
  /** The fields that must be equal; of the rest, both must have the same names unless it is a listed difference. */
  readonly equal?: readonly string[];
  /** The differences, each with its reason. They are printed. */
  readonly differences?: Readonly<Record<string, string>>;
  /** The exit codes, ours and the reference's, where they differ. */
  readonly codes?: readonly [ours: number, reference: number];
}

const PROTOCOL =
  'kaizen-eatp also attests orchestration_participation and execute, which orchestrations need';

const SHARED: readonly Shared[] = [
  {
    call: "init --name 'Acme Corp' --type organization --json",
    equal: ['name', 'authority_type'],
    keep: { authority: 'authority_id' },
    differences: { recorder: 'kaizen-eatp says whether the authority signs records that no other can sign' },
  },
  {
    call: 'establish alice --authority {authority} --capabilities read_data,write_data --json',
    equal: ['agent_id'],
    differences: { capabilities: PROTOCOL },
  },
  {
    call: 'establish bob --authority {authority} --json',
    equal: ['agent_id'],
    differences: { capabilities: PROTOCOL },
  },
  {
    call: 'establish alice --authority {authority} --json',
    codes: [1, 1],
    differences: { error: 'kaizen-eatp prints an error as JSON' },
  },
  {
    call: 'establish eve --authority auth-none --json',
    codes: [3, 1],
    differences: { error: 'kaizen-eatp exits with 3 for what does not exist, and prints an error as JSON' },
  },
  {
    call: 'verify alice --action read_data --json',
    equal: ['valid', 'agent_id', 'action', 'level', 'reasoning_present'],
  },
  { call: 'verify alice --action read_data --level full --json', equal: ['valid', 'level'] },
  {
    call: 'verify alice --action read_data --level QUICK --json',
    equal: ['valid', 'level'],
    differences: { capability_used: 'kaizen-eatp looks at no capability at this level' },
  },
  {
    call: 'verify alice --action fly --json',
    codes: [1, 1],
    equal: ['valid', 'action'],
    differences: { code: 'kaizen-eatp adds the code of the denial' },
  },
  {
    call: 'verify ghost --action fly --json',
    codes: [3, 1],
    differences: { error: 'kaizen-eatp exits with 3 for what does not exist, and prints an error as JSON' },
  },
  {
    call: "delegate --from alice --to bob --capabilities read_data --constraints read_only --reasoning-decision 'share' --reasoning-rationale 'bob reports' --reasoning-confidentiality public --json",
    equal: ['from', 'to', 'capabilities', 'constraints'],
    keep: { delegation: 'delegation_id' },
    differences: {
      task_id: 'kaizen-eatp shows the task',
      lasting:
        'kaizen-eatp can also delegate for one task; a lasting delegation is an offer until it is accepted',
      expires_at: 'kaizen-eatp shows the expiry',
    },
  },
  {
    call: 'delegate --from alice --to bob --capabilities fly --json',
    codes: [1, 1],
    differences: { error: 'kaizen-eatp prints an error as JSON' },
  },
  {
    call: 'status --json',
    equal: ['total'],
  },
  {
    call: 'status alice --json',
    equal: ['agent_id', 'authority_type', 'expires_at', 'expired'],
    differences: {
      capabilities: PROTOCOL,
      audit_count: "kaizen-eatp keeps an agent's records in trails: see the command audit",
      state: 'kaizen-eatp shows whether the chain is active, expired or revoked',
      constraints: 'kaizen-eatp shows the constraints of the genesis record',
    },
  },
  {
    call: 'verify-chain alice --json',
    equal: ['valid', 'agent_id', 'genesis_verified', 'capabilities_verified', 'delegations_verified'],
  },
  {
    call: 'audit alice --limit 5 --json',
    equal: ['agent_id'],
    differences: { matching: 'kaizen-eatp also says how many records match' },
  },
  {
    call: 'revoke {delegation} --cascade --yes --json',
    equal: ['status', 'agent_id', 'cascade'],
    differences: {
      agents: 'kaizen-eatp lists the agents that ended',
      delegations: 'kaizen-eatp lists the delegations that ended',
    },
  },
  {
    call: 'revoke del-none --yes --json',
    codes: [3, 1],
    differences: { error: 'kaizen-eatp exits with 3 for what does not exist, and prints an error as JSON' },
  },
  {
    call: 'export alice',
    differences: { formatting: 'kaizen-eatp prints the chain as it is stored, in one line' },
  },
];

interface Answer {
  readonly code: number;
  readonly json: Record<string, unknown> | undefined;
}

function eatp(
  folder: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Answer & { stdout: string } {
  const done = spawnSync(EATP, ['--store-dir', folder, ...args], {
    env: { PATH: process.env.PATH, HOME: folder, ...env },
    encoding: 'utf8',
  });
  return { code: done.status ?? -1, stdout: done.stdout, json: parsed(done.stdout) };
}

const parsed = (text: string): Record<string, unknown> | undefined => {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return undefined;
  }
};

describe("the same script for kaizen-eatp and the reference's eatp", () => {
  let world: World;
  const kept = { ours: {} as Record<string, string>, theirs: {} as Record<string, string> };
  const printedDifferences: string[] = [];
  beforeAll(() => {
    world = makeWorld();
    mkdirSync(world.path('reference'));
  });
  afterAll(() => {
    console.info(
      `Differences to the Python reference:\n${printedDifferences.map((line) => `  ${line}`).join('\n')}`,
    );
    world.remove();
  });

  it.each(SHARED)('$call', async ({ call, keep = {}, equal = [], differences = {}, codes = [0, 0] }) => {
    const fill = (values: Record<string, string>): string[] =>
      wordsOf(call.replaceAll(/\{(\w+)\}/g, (all, name) => values[name] ?? all));
    const done = await kaizen(['--store-dir', world.path('ours'), ...fill(kept.ours)], {
      env: { ...world.env, KAIZEN_EATP_STORE: undefined, KAIZEN_EATP_KEYS: undefined },
    });
    const theirs = eatp(world.path('reference'), fill(kept.theirs));
    expect([done.code, theirs.code], done.stdout + done.stderr + theirs.stdout).toEqual(codes);
    for (const [name, reason] of Object.entries(differences))
      printedDifferences.push(`${call.split(' ')[0]}: ${name}: ${reason}`);
    const answer = parsed(done.stdout);
    const ours = (answer?.result ?? answer) as Record<string, unknown> | undefined;
    if ('error' in differences) {
      expect(ours).toMatchObject({ ok: false, error: { code: expect.any(String) } });
      return;
    }
    expect(theirs.json).toBeDefined();
    for (const name of equal) expect({ [name]: ours?.[name] }).toEqual({ [name]: theirs.json?.[name] });
    const names = (of: Record<string, unknown> | undefined): string[] =>
      Object.keys(of ?? {})
        .filter((name) => !Object.hasOwn(differences, name))
        .sort();
    expect(names(ours)).toEqual(names(theirs.json));
    for (const [name, field] of Object.entries(keep)) {
      kept.ours[name] = ours?.[field] as string;
      kept.theirs[name] = theirs.json?.[field] as string;
    }
  });
});

interface Chain {
  readonly genesis: object;
  readonly capabilities: object[];
  readonly constraint_envelope: object;
}

describe('a folder of the reference', () => {
  let world: World;
  let source: string;
  let authority: string;
  beforeAll(() => {
    world = makeWorld();
    source = world.path('reference');
    authority = eatp(source, ['init', '--name', 'Acme', '--json']).json?.authority_id as string;
    for (const args of [
      ['establish', 'alice', '--authority', authority, '--capabilities', 'read_data,pay'],
      ['establish', 'agent:with/slash', '--authority', authority],
      ['delegate', '--from', 'alice', '--to', 'derived', '--capabilities', 'read_data'],
      [
        'delegate',
        '--from',
        'alice',
        '--to',
        'agent:with/slash',
        '--capabilities',
        'pay',
        '--reasoning-decision',
        'a',
        '--reasoning-rationale',
        'b',
      ],
    ])
      expect(eatp(source, args)).toMatchObject({ code: 0 });
  });
  afterAll(() => world.remove());

  const chainFile = (agent: string): string => {
    const folder = join(source, 'chains');
    const name = readdirSync(folder).find(
      (each) =>
        each.endsWith('.json') &&
        (parsed(readFileSync(join(folder, each), 'utf8'))?.agent_id as string) === agent,
    );
    return join(folder, name as string);
  };
  const importInto = (store: string, ...options: string[]) =>
    kaizen(['import', '--from-eatp', source, '--yes', '--json', ...options], {
      env: { ...world.env, KAIZEN_EATP_STORE: `dir:${world.path(store)}`, KAIZEN_EATP_KEYS: undefined },
    });
  const inStore = (store: string, ...args: string[]) =>
    kaizen([...args, '--json'], {
      env: { ...world.env, KAIZEN_EATP_STORE: `dir:${world.path(store)}`, KAIZEN_EATP_KEYS: undefined },
    });

  it('is imported with its keys, and then gives the same verdicts', async () => {
    const done = await importInto('imported', '--with-keys');
    expect(done, done.stdout).toMatchObject({ code: 0 });
    expect(parsed(done.stdout)).toMatchObject({
      // The reference's command does not sign the reasoning of a delegation, so anyone can have written it.
      result: {
        imported: { authorities: 1, chains: 3, keys: 1 },
        refused: [],
        unsigned_reasoning: [{ agent_id: 'agent:with/slash' }],
      },
    });
    for (const [agent, action] of [
      ['alice', 'read_data'],
      ['alice', 'fly'],
      ['derived', 'read_data'],
      ['derived', 'pay'],
      ['agent:with/slash', 'access'],
    ] as const) {
      const ours = await inStore('imported', 'verify', agent, '--action', action, '--level', 'full');
      const theirs = eatp(source, ['verify', agent, '--action', action, '--level', 'full', '--json']);
      expect([agent, action, ours.code]).toEqual([agent, action, theirs.code]);
    }
    // With the key, the deployment goes on where the reference stopped.
    expect(await inStore('imported', 'agent', 'establish', 'new', '--authority', authority)).toMatchObject({
      code: 0,
    });
  });

  it('is imported again without a change', async () => {
    const again = await importInto('imported');
    expect(parsed(again.stdout)).toMatchObject({
      ok: true,
      result: { imported: { authorities: 0, chains: 0 } },
    });
  });

  const FORGERIES: readonly (readonly [what: string, accepts: boolean, forge: (chain: Chain) => void])[] = [
    [
      'a capability that was renamed',
      true,
      (chain) => Object.assign(chain.capabilities[1] as object, { capability: 'fly' }),
    ],
    [
      'a capability that was copied and renamed',
      true,
      (chain) =>
        chain.capabilities.push({
          ...(chain.capabilities[0] as object),
          id: 'cap-x',
          capability: 'fly',
        }),
    ],
    [
      'a signature that was removed',
      true,
      (chain) => Object.assign(chain.capabilities[0] as object, { signature: '' }),
    ],
    [
      'an expiry that was added',
      false,
      (chain) => Object.assign(chain.genesis, { expires_at: '2099-01-01T00:00:00+00:00' }),
    ],
    ['the chain of another agent', false, (chain) => Object.assign(chain.genesis, { agent_id: 'mallory' })],
    [
      'constraints that were removed',
      false,
      (chain) =>
        Object.assign(chain.constraint_envelope, {
          active_constraints: [
            { id: 'c', constraint_type: 'operational', value: 'x', source: 's', priority: 0 },
          ],
        }),
    ],
  ];

  it.each(FORGERIES)('with %s is refused, and nothing of it is imported', async (what, accepts, forge) => {
    const path = chainFile('alice');
    const good = readFileSync(path, 'utf8');
    try {
      const envelope = JSON.parse(good) as { chain: Chain };
      forge(envelope.chain);
      writeFileSync(path, JSON.stringify(envelope));
      const store = `forged-${what.replaceAll(' ', '-')}`;
      const done = await importInto(store);
      expect(done.code).toBe(1);
      expect(parsed(done.stdout)).toMatchObject({
        result: {
          imported: { authorities: 0, chains: 0 },
          refused: expect.arrayContaining([expect.objectContaining({ kind: 'chain', file: path })]),
        },
      });
      expect(await inStore(store, 'agent', 'list')).toMatchObject({ code: 3 });
      // The reference's default level checks no signature.
      const action = what.includes('renamed') ? 'fly' : 'read_data';
      if (accepts) expect(eatp(source, ['verify', 'alice', '--action', action])).toMatchObject({ code: 0 });
      // The chains that were not touched can be had nevertheless.
      const rest = await importInto(`${store}-rest`, '--skip-refused');
      expect(parsed(rest.stdout)).toMatchObject({ ok: true, result: { imported: { authorities: 1 } } });
    } finally {
      writeFileSync(path, good);
    }
  });

  it('of ours is accepted by the reference, which verifies every chain in it', async () => {
    const env = {
      ...world.env,
      KAIZEN_EATP_STORE: `dir:${world.path('exported')}`,
      KAIZEN_EATP_KEYS: undefined,
    };
    let offered = '';
    for (const args of [
      ['init', '--name', 'Ours', '--id', 'org-ours'],
      [
        'establish',
        'alice',
        '--authority',
        'org-ours',
        '--capabilities',
        'read_data,pay',
        '--constraints',
        'audit_required',
      ],
      ['establish', 'agent:with/slash', '--authority', 'org-ours', '--capabilities', 'report'],
      ['delegate', '--from', 'alice', '--to', 'derived', '--capabilities', 'read_data', '--json'],
      ['offer', 'accept', '', '--agent', 'derived'],
      ['export', '--to-eatp', world.path('for-reference')],
    ]) {
      const done = await kaizen(
        args.map((arg) => arg || offered),
        { env },
      );
      expect(done, done.stderr).toMatchObject({ code: 0 });
      if (args[0] === 'delegate')
        offered = (JSON.parse(done.stdout) as { result: { delegation_id: string } }).result.delegation_id;
    }
    const folder = world.path('for-reference');
    for (const agent of ['alice', 'agent:with/slash', 'derived']) {
      expect(eatp(folder, ['verify-chain', agent, '--json']).json).toMatchObject({
        valid: true,
        agent_id: agent,
      });
    }
    expect(eatp(folder, ['verify', 'alice', '--action', 'pay', '--level', 'full'])).toMatchObject({
      code: 0,
    });
    expect(eatp(folder, ['verify', 'alice', '--action', 'fly'])).toMatchObject({ code: 1 });
    expect(eatp(folder, ['status', '--json']).json).toMatchObject({ total: 3 });
    expect(eatp(folder, ['scan', folder, '--json']).json).toMatchObject({
      summary: { total_authorities: 1, active_agents: 3 },
    });
    // No private key left the deployment.
    expect(readdirSync(join(folder, 'keys'))).toEqual([]);
    // And back again.
    const back = await kaizen(['import', '--from-eatp', folder, '--yes', '--json'], {
      env: { ...env, KAIZEN_EATP_STORE: `dir:${world.path('back')}` },
    });
    expect(parsed(back.stdout)).toMatchObject({
      result: { refused: [], imported: { authorities: 1, chains: 3 } },
    });
  });
});

describe('CEF and OCSF', () => {
  it("have the field names, their order and the values of the reference's serializers", async () => {
    const { toCef, toOcsf } = await import('../src/siem/events.js');
    const anchor = {
      id: 'aud-1',
      agentId: 'agent|with=signs',
      action: 'pay \\ now\nreally',
      timestamp: '2026-01-31T09:00:00.123000+00:00',
      trustChainHash: 'ab'.repeat(32),
      context: { task_id: 't-1', amount: 3 },
      signature: 'x',
    };
    const cases = (['success', 'failure', 'denied', 'partial'] as const).flatMap((result) =>
      [undefined, 'org-acme'].flatMap((authority) =>
        [null, 'invoice=7|x'].map((resource) => ({ anchor: { ...anchor, result, resource }, authority })),
      ),
    );
    const program = `
import json, sys
from datetime import datetime
from kailash.trust.chain import AuditAnchor, ActionResult
from kailash.trust.export.siem import from_audit_anchor, serialize_cef, serialize_ocsf
out = []
for case in json.load(sys.stdin):
    a = case["anchor"]
    anchor = AuditAnchor(id=a["id"], agent_id=a["agentId"], action=a["action"], timestamp=datetime.fromisoformat(a["timestamp"]),
        trust_chain_hash=a["trustChainHash"], result=ActionResult(a["result"]), signature=a["signature"], resource=a["resource"], context=a["context"])
    event = from_audit_anchor(anchor, case.get("authority"))
    event.event_id = a["id"]
    out.append([serialize_cef(event), json.dumps(serialize_ocsf(event))])
json.dump(out, sys.stdout)`;
    const done = spawnSync(PYTHON, ['-c', program], { input: JSON.stringify(cases), encoding: 'utf8' });
    expect(done.stderr).toBe('');
    const theirs = JSON.parse(done.stdout) as [string, string][];
    expect(theirs).toHaveLength(16);
    for (const [i, { anchor: each, authority }] of cases.entries()) {
      expect(toCef(each, authority)).toBe(theirs[i]?.[0]);
      const ocsf = toOcsf(each, authority);
      expect(JSON.stringify(ocsf)).toBe(JSON.stringify(JSON.parse(theirs[i]?.[1] as string)));
    }
  });
});
