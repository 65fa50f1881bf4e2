import type { Authority } from '../../chain/index.js';
import { KeyError, StoreError } from '../../errors/index.js';
import type { StatementEntry, StoreWrite, TrailHead } from '../../store/index.js';
import type { Deployment } from '../deployment.js';
import type { BelievedAuthority } from './believed-authority.js';
import { draftAfter, type StatementDraft, statementEntry } from './statement.js';

/** Statements to add in one commit. */
export interface PlannedStatements {
  /** The statements, in their order. */
  readonly drafts: readonly StatementDraft[];
  /** The authority that signs them: its id, its key and the name of the key. */
  readonly signer: Pick<Authority, 'id' | 'publicKey' | 'signingKeyId'>;
  /** Other writes of the same commit. Default: none. */
  readonly writes?: readonly StoreWrite[];
}

/** Decides what to state, with the log read up to its head. */
type Plan = () => PlannedStatements | Promise<PlannedStatements>;

/** Every attempt that fails means that another process was first, so one of those who try always gets on. */
const MAX_ATTEMPTS = 200;

/**
 * Signs statements for the next places of the log, and stores them with other writes, or nothing. Where another process
 * was first, all is planned again after what it stated.
 *
 * @param plan - decides what to state. Called again after each conflict, with the log read up to its head.
 * @throws StoreError, StatementsError, and what `plan` throws.
 */
export function commitStatements(deployment: Deployment, plan: Plan): Promise<void> {
  return deployment.statements.turns.take(() => appendPlanned(deployment, plan));
}

async function appendPlanned(deployment: Deployment, plan: Plan): Promise<void> {
  const { statements, store } = deployment;
  for (let attempt = 1; ; attempt++) {
    await statements.refresh();
    const { head } = statements;
    const { drafts, signer, writes = [] } = await plan();
    const entries = await signAll(deployment, drafts, signer, head);
    const appends = entries.map((entry): StoreWrite => ({ op: 'append_statement', entry }));
    try {
      await store.commit([...writes, ...appends]);
      const behind = statements.follow(entries.at(-1) ?? head);
      if (behind) await behind;
      return;
    } catch (error) {
      if (!(error instanceof StoreError && error.code === 'STORE_CONFLICT')) throw error;
      await statements.refresh();
      if (attempt === MAX_ATTEMPTS || statements.head?.hash === head?.hash) throw error;
    }
  }
}

async function signAll(
  deployment: Deployment,
  drafts: readonly StatementDraft[],
  by: PlannedStatements['signer'],
  start: TrailHead | undefined,
): Promise<StatementEntry[]> {
  const entries: StatementEntry[] = [];
  for (const draft of drafts) {
    const signer = { authorityId: by.id, keyId: by.signingKeyId, publicKey: by.publicKey };
    const { content, signingText } = draftAfter(
      entries.at(-1) ?? start,
      draft,
      signer,
      deployment.timestamp(),
    );
    entries.push(statementEntry(content, await deployment.sign(signingText, by)));
  }
  return entries;
}

/**
 * Finds an authority that can sign a statement here: believed, with its key in this process's key manager.
 *
 * @param what - what is to be stated, for the error.
 * @param may - whether an authority is entitled to state it.
 * @param preferred - the authorities to try first.
 * @throws KeyError `KEY_NOT_FOUND` if there is none.
 */
export async function statementSigner(
  deployment: Deployment,
  what: string,
  may: (authority: BelievedAuthority) => boolean,
  preferred: readonly string[] = [],
): Promise<Authority> {
  const { state } = deployment.statements;
  const entitled = [...state.authorities].filter(may).map(({ id }) => id);
  const ids = [...new Set([...preferred.filter((id) => entitled.includes(id)), ...entitled])];
  const authorities = await deployment.readAuthorities(ids);
  for (const id of ids) {
    const authority = authorities.get(id);
    if (authority && (await holdsKey(deployment, authority))) return authority;
  }
  throw new KeyError('KEY_NOT_FOUND', `No authority whose key is here can ${what}`, {
    expected: `the key of ${ids.length > 0 ? `one of the authorities ${ids.slice(0, 5).join(', ')}` : 'an authority that is entitled to it'}`,
    received: 'none of them in the key manager of this process',
    remedy: 'Open the key manager that holds such a key. Nothing was changed.',
    evidence: { authorityIds: ids },
  });
}

/** Whether the current key of an authority is in this process's key manager. */
export async function holdsKey(
  { keyManager }: Deployment,
  { publicKey, signingKeyId }: Pick<Authority, 'publicKey' | 'signingKeyId'>,
): Promise<boolean> {
  return (await keyManager.publicKey(signingKeyId)) === publicKey;
}
