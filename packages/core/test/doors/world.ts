import {
  InMemoryKeyManager,
  MemoryTrustStore,
  TrustAwareOrchestrationRuntime,
  TrustedAgent,
  TrustOperations,
} from '@kaizen-eatp/core';
import { ConstraintEvaluator, type ConstraintRequest } from '@kaizen-eatp/core/plugin';
import { canonicalJson, importPrivateKey, type JsonObject, signText } from '@kaizen-eatp/core/records';
import { sequential } from '@kaizen-eatp/patterns';

export const START = Date.UTC(2026, 0, 5, 12);
export const ALICE = 'agent-alice';
export const BOB = 'agent-bob';
export const CAROL = 'agent-carol';
export const MALLORY = 'agent-mallory';

/** A label whose evaluator looks at the context, as a user's own evaluators do. */
class MaxAmount extends ConstraintEvaluator {
  matches = (label: string) => label === 'max_amount';
  evaluate({ context }: ConstraintRequest) {
    const amount = Number(context.amount ?? 0);
    return amount <= 50
      ? ({ permitted: true } as const)
      : ({ permitted: false, reason: `${amount}` } as const);
  }
}

/** A deployment in memory, at a moment that stands still: alice can read, write and spend, bob can read. */
export class DoorWorld {
  readonly store = new MemoryTrustStore();
  readonly keys = new InMemoryKeyManager();
  readonly clock = { now: () => START };
  readonly trust = new TrustOperations({
    store: this.store,
    keyManager: this.keys,
    clock: this.clock,
    recorder: 'org-acme',
    constraintEvaluators: [new MaxAmount()],
  });
  receipt = '';

  static async create(): Promise<DoorWorld> {
    const world = new DoorWorld();
    const { trust } = world;
    await world.keys.importKey('key-org-acme', Buffer.alloc(32, 7).toString('base64'));
    await trust.createEnterpriseAuthority({ name: 'ACME', id: 'org-acme', signingKeyId: 'key-org-acme' });
    const capabilities = ['read', 'write', { capability: 'spend', constraints: ['max_amount'] }];
    await trust.establish({ agentId: ALICE, authorityId: 'org-acme', capabilities });
    await trust.establish({ agentId: BOB, authorityId: 'org-acme', capabilities: ['read'] });
    return world;
  }

  /** A world in which a run has a receipt. */
  async run(): Promise<this> {
    const agent = new TrustedAgent({ name: 'alice', agent: (input: unknown) => input, trust: this.trust });
    const runtime = new TrustAwareOrchestrationRuntime({
      agents: { alice: agent },
      trust: this.trust,
      patterns: [sequential],
    });
    const { receipt } = await runtime.execute('x', { pattern: 'sequential' });
    this.receipt = (await receipt()).text;
    return this;
  }

  sign(preimage: JsonObject): string {
    return signText(canonicalJson(preimage), importPrivateKey(Buffer.alloc(32, 7).toString('base64')));
  }

  /** Everything stored, in a form that is the same for the same acts: without random ids, and what depends on them. */
  async stored(): Promise<unknown[]> {
    const lines: unknown[] = [];
    for await (const line of this.store.exportJsonLines()) lines.push(comparable(JSON.parse(line)));
    return lines.slice(0, -1);
  }
}

const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
/** Ids that are random, or digests of something random; pseudonyms depend on a key that each world generates. */
const RANDOM_ID = new RegExp(`\\b[a-z]+-${UUID}\\b|\\bdel-[0-9a-f]{64}\\b|\\bperson-[0-9a-f]{32}\\b`, 'g');
const DEPENDENT = /signature$|hash$|^previous$|^public_?key$|^(signing_?)?key_?id$|^nonce$|^salt$|^digest$/i;

/** A value without random ids, signatures and hashes; records stored as JSON are opened. */
export function comparable(value: unknown): unknown {
  if (typeof value === 'string') {
    const record = value.startsWith('{') ? parsed(value) : undefined;
    return record ? comparable(record) : value.replace(RANDOM_ID, '<id>');
  }
  if (Array.isArray(value)) return value.map(comparable);
  if (typeof value !== 'object' || value === null) return typeof value === 'bigint' ? String(value) : value;
  if (value instanceof Error) return { code: (value as { code?: string }).code ?? value.message };
  return Object.entries(value).map(([name, item]) => [
    name,
    DEPENDENT.test(name) ? '<dependent>' : comparable(item),
  ]);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
