import {
  type Authority,
  type DelegateRequest,
  type DelegationRecord,
  generateKeyPair,
  type HumanOrigin,
  InMemoryKeyManager,
  type Root,
  TrustOperations,
  type TrustOperationsOptions,
} from '@kaizen-eatp/core';
import {
  boundDelegationId,
  type CapabilityAttestation,
  type ChainRecords,
  canonicalJson,
  capabilityPreimage,
  computeEnvelope,
  type DelegationBinding,
  delegationCodec,
  delegationSigningText,
  type GenesisRecord,
  genesisPreimage,
  importPrivateKey,
  type JsonValue,
  newId,
  parseJson,
  signText,
  TrustLineageChain,
  writeJson,
} from '@kaizen-eatp/core/records';
import type { LedgerEntry, StoredChain } from '@kaizen-eatp/core/store';
import { suiteStore } from 'suite-store';
import { pseudonymOf } from '../../src/trust/persons.js';
import { deploymentOf } from '../../src/trust/trust-operations.js';

/** A record's JSON, of which a test may change any field. */
// biome-ignore lint/suspicious/noExplicitAny: whatever stands in it may be broken
export type Editable = any;

export const START = Date.UTC(2026, 0, 5, 12);
export const ALICE = 'agent-alice';
export const BOB = 'agent-bob';
export const MALLORY = 'agent-mallory';
export const CAROL = 'agent-carol';

/** A moment so many minutes after the start. */
export const minutes = (n: number): Date => new Date(START + n * 60_000);

export const human = (humanId: string): HumanOrigin => ({
  humanId,
  displayName: humanId,
  authProvider: 'oidc',
  sessionId: 's-1',
  authenticatedAt: '2026-01-05T11:00:00+00:00',
});

/** Makes a delegation; its delegatee accepts one that lasts. */
export async function accepted(trust: TrustOperations, request: DelegateRequest): Promise<DelegationRecord> {
  const made = await trust.delegate(request);
  if (request.lasting) await trust.acceptDelegation({ delegationId: made.id, agentId: made.delegateeId });
  return made;
}

/** One authority whose key is known, a clock that stands still, and a store that tests may write to. */
export class World {
  readonly store = suiteStore();
  readonly keys = new InMemoryKeyManager();
  readonly clock = { at: START, now: () => this.clock.at };
  readonly trust: TrustOperations;
  readonly key = generateKeyPair();
  acme!: Authority;

  constructor(options: TrustOperationsOptions = {}) {
    this.trust = new TrustOperations({
      store: this.store,
      keyManager: this.keys,
      clock: this.clock,
      recorder: 'org-acme',
      ...options,
    });
  }

  static async create(options: TrustOperationsOptions = {}): Promise<World> {
    const world = new World(options);
    await world.keys.importKey('key-org-acme', world.key.privateKey);
    world.acme = await world.trust.createEnterpriseAuthority({
      name: 'ACME',
      id: 'org-acme',
      signingKeyId: 'key-org-acme',
    });
    return world;
  }

  /** The authorities of this world, for the configuration of another one. */
  get roots(): Root[] {
    return [{ id: this.acme.id, publicKey: this.acme.publicKey }];
  }

  /** Other operations over the same store and keys, as another process would have them. */
  elsewhere(options: TrustOperationsOptions = {}): TrustOperations {
    return new TrustOperations({
      store: this.store,
      keyManager: this.keys,
      clock: this.clock,
      recorder: 'org-acme',
      ...options,
    });
  }

  establish(
    agentId: string,
    capabilities: readonly string[],
    constraints: readonly string[] = [],
    expiresAt?: Date,
  ) {
    return this.trust.establish({
      agentId,
      authorityId: 'org-acme',
      capabilities,
      constraints,
      ...(expiresAt && { expiresAt }),
    });
  }

  /** The pseudonym of a person, as records have it. */
  pseudonymOf(humanId: string): Promise<string> {
    return pseudonymOf(deploymentOf(this.trust as never), humanId);
  }

  /** Lets the clock stand later, in minutes after the start. */
  later(n: number): void {
    this.clock.at = minutes(n).getTime();
  }

  async stored(agentId: string): Promise<StoredChain> {
    const [chain] = await this.store.readChains([agentId]);
    if (!chain) throw new Error(`no chain of ${agentId}`);
    return chain;
  }

  /** Writes any text in place of an agent's chain, past all operations. */
  async overwrite(agentId: string, text: string): Promise<void> {
    const [chain] = await this.store.readChains([agentId]);
    const ifVersion = chain?.active ? chain.version : null;
    await this.store.commit([
      { op: 'put_chain', agentId, text, authorityId: 'org-acme', expiresAt: null, ifVersion },
    ]);
  }

  /** Changes an agent's stored chain without signing anything. */
  async tamper(agentId: string, edit: (wire: Editable) => void): Promise<void> {
    const wire: Editable = parseJson((await this.stored(agentId)).text);
    edit(wire);
    await this.overwrite(agentId, writeJson(wire));
  }

  sign(preimage: JsonValue | string): string {
    return signText(
      typeof preimage === 'string' ? preimage : canonicalJson(preimage),
      importPrivateKey(this.key.privateKey),
    );
  }

  /** A chain signed by hand with the authority's key, so that only what is odd about it is wrong. */
  forgeChain(agentId: string, parts: ForgedParts): string {
    const at = '2026-01-05T11:00:00+00:00';
    const { attest = (text) => this.sign(text) } = parts;
    const unsigned: GenesisRecord = {
      id: newId('gen'),
      agentId,
      authorityId: 'org-acme',
      authorityType: 'organization',
      createdAt: at,
      metadata: {},
      ...parts.genesis,
    };
    const genesis = { ...unsigned, signature: this.sign(genesisPreimage(unsigned)) };
    const capabilities = (parts.capabilities ?? []).map((given): CapabilityAttestation => {
      const attestation: CapabilityAttestation = {
        id: newId('cap'),
        capability: 'read',
        capabilityType: 'action',
        constraints: [],
        attesterId: 'org-acme',
        attestedAt: at,
        signingPayloadVersion: 'v1-subject-bound',
        ...given,
      };
      return {
        ...attestation,
        signature: attest(canonicalJson(capabilityPreimage(attestation, agentId))),
      };
    });
    const delegations = parts.delegations ?? [];
    const constraintEnvelope = parts.envelope ?? computeEnvelope(genesis, capabilities, delegations);
    const chain = new TrustLineageChain({ genesis, capabilities, delegations, constraintEnvelope });
    return new TrustLineageChain({
      ...chain,
      chainStateSignature: this.sign(chain.statePreimage()),
    }).toText();
  }

  readonly #bindings = new Map<string, { binding: DelegationBinding; nonce: string }>();

  /** A delegation signed by hand. Its id is bound to what it is said to be made for, so that only the rest can be wrong. */
  forgeDelegation(
    content: Partial<DelegationRecord>,
    madeFor: Partial<DelegationBinding> = {},
  ): DelegationRecord {
    const binding = { runId: null, invocationId: null, person: null, ...madeFor };
    const nonce = `nonce-${this.#bindings.size}`;
    const record: DelegationRecord = {
      id: boundDelegationId(binding, nonce),
      delegatorId: ALICE,
      delegateeId: BOB,
      taskId: 'task-1',
      capabilitiesDelegated: ['read'],
      constraintSubset: [],
      delegatedAt: '2026-01-05T11:00:00+00:00',
      signingPayloadVersion: 'legacy-python-v0',
      ...content,
    };
    this.#bindings.set(record.id, { binding, nonce });
    return { ...record, signature: content.signature ?? this.sign(delegationSigningText(record)) };
  }

  /** Puts a delegation into the ledger, past all operations, with the binding that it was forged with. */
  async enter(record: DelegationRecord, edits: Partial<LedgerEntry> = {}): Promise<string> {
    const known = this.#bindings.get(record.id);
    const entry: LedgerEntry = {
      delegationId: record.id,
      taskId: record.taskId,
      runId: null,
      invocationId: null,
      person: null,
      ...known?.binding,
      nonce: known?.nonce ?? '',
      delegatorId: record.delegatorId,
      delegateeId: record.delegateeId,
      parentDelegationId: record.parentDelegationId ?? null,
      text: delegationCodec.encodeText(record),
      status: 'in_force',
      ...edits,
    };
    await this.store.commit([{ op: 'add_delegation', entry }]);
    return entry.delegationId;
  }
}

interface ForgedParts extends Partial<Pick<ChainRecords, 'delegations'>> {
  readonly genesis?: Partial<GenesisRecord>;
  readonly capabilities?: readonly Partial<CapabilityAttestation>[];
  readonly envelope?: ChainRecords['constraintEnvelope'];
  /** Signs the capabilities. Default: the authority's key. */
  readonly attest?: (text: string) => string;
}

/** Returns the error that an operation rejects with. Fails if it does not reject. */
export async function failure(call: Promise<unknown>): Promise<Error> {
  try {
    await call;
  } catch (error) {
    return error as Error;
  }
  throw new Error('it was expected to be refused');
}
