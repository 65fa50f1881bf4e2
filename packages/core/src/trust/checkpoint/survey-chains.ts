import { authorityCodec } from '../../chain/index.js';
import type { CheckpointFindingCode } from '../../store/index.js';
import { canonicalJson, sha256Hex } from '../../wire/index.js';
import { isSignedBy } from '../statements/statement.js';
import { ParsedChain, readChain } from '../verify/parsed-records.js';
import type { Leaf } from './leaf.js';
import type { SurveyedStatements } from './survey-statements.js';

/** Why a difference is not explained; undefined if there is none, or it is explained. */
export type Verdict = readonly [code: CheckpointFindingCode, reason: string] | undefined;

type ChainLeaf = Extract<Leaf, { readonly kind: 'chain' }>;
type AuthorityLeaf = Extract<Leaf, { readonly kind: 'authority' }>;

/** Judges a stored chain against what a checkpoint says of it. @returns the leaf that describes it now, and the verdict. */
export function judgeChainRow(
  known: ChainLeaf | undefined,
  id: string,
  text: string,
  active: boolean,
  statements: SurveyedStatements,
): { readonly leaf: ChainLeaf; readonly verdict: Verdict } {
  const hash = sha256Hex(text);
  if (known?.hash === hash) {
    const leaf = { ...known, active };
    return { leaf, verdict: judgeActivity(known, active, statements) };
  }
  const parsed = readChain(text);
  const evidence = parsed instanceof ParsedChain ? parsed : undefined;
  const leaf: ChainLeaf = { kind: 'chain', id, hash, state: evidence?.stateHash ?? hash, active };
  if (!known) return { leaf, verdict: undefined };
  const { trust } = statements;
  if (leaf.state === known.state) {
    const isResigned = evidence !== undefined && isSignedNow(evidence, statements);
    const changed: Verdict = ['CHAIN_CHANGED', 'it is not as it was signed'];
    return { leaf, verdict: isResigned ? judgeActivity(known, active, statements) : changed };
  }
  if (active && trust.isEndedChain(leaf.state))
    return { leaf, verdict: ['CHAIN_CHANGED', 'an ended chain was put back'] };
  const isExplained = trust.isEndedChain(known.state);
  return {
    leaf,
    verdict: isExplained ? undefined : ['CHAIN_CHANGED', 'it is another one, and no statement says why'],
  };
}

function judgeActivity(
  { id, active: was, state }: ChainLeaf,
  is: boolean,
  { trust }: SurveyedStatements,
): Verdict {
  if (was === is) return undefined;
  if (is) return ['CHAIN_REVIVED', 'it had ended, and is in force again'];
  if (trust.revokedAgent(id) || trust.isEndedChain(state)) return undefined;
  return ['CHAIN_ENDED', 'it was ended without a statement, as the reference does it'];
}

/**
 * Whether the authority of a chain signed it, with any of its keys. One that was revoked gives no right, but what it signed
 * was not changed: checkpoints that it signed are not believed any more, so the last one that is can be older.
 */
function isSignedNow({ chain }: ParsedChain, { trust }: SurveyedStatements): boolean {
  const authority = trust.authority(chain.genesis.authorityId);
  const signature = chain.chainStateSignature;
  if (!authority || signature === null) return false;
  const text = canonicalJson(chain.statePreimage());
  const { publicKey, earlierKeys, revokedKeys } = authority;
  return [publicKey, ...earlierKeys, ...revokedKeys.keys()].some((key) => isSignedBy(text, signature, key));
}

/** Judges the record of an authority against what a checkpoint says of it. */
export function judgeAuthorityRow(
  known: AuthorityLeaf | undefined,
  { id, hash }: AuthorityLeaf,
  text: string,
  statements: SurveyedStatements,
): Verdict {
  if (!known || known.hash === hash) return undefined;
  const believed = statements.trust.authority(id);
  let isAsStated = false;
  try {
    const { publicKey, isActive } = authorityCodec.decodeText(text);
    isAsStated = believed?.publicKey === publicKey && believed.isActive === isActive;
  } catch {
    // It cannot be read, so it is not as stated.
  }
  if (isAsStated && statements.isAboutAuthority(id)) return undefined;
  return ['AUTHORITY_CHANGED', 'its record is another one, and no statement says why'];
}
