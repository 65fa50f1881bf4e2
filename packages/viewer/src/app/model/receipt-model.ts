import { verifyReceipt } from '@kaizen-eatp/core/receipt';
import { assignProblems } from './checks.js';
import {
  type AnchorEntry,
  anchorEntry,
  attempt,
  authorityEntry,
  type Check,
  chainEntry,
  type DelegationEntry,
  delegationEntry,
  disclosureEntry,
  type Entry,
} from './records.js';

/** The records of a receipt or a run, with their checks, as a page shows them. */
export interface Model {
  readonly runId: string;
  readonly taskId: string;
  readonly issuedAt: string | undefined;
  readonly anchors: readonly AnchorEntry[];
  readonly delegations: readonly DelegationEntry[];
  readonly others: readonly Entry[];
  /** The checks of the whole. */
  readonly checks: readonly Check[];
  /** Whether the verifier found no problem; undefined for a run in progress. */
  readonly isValid: boolean | undefined;
  /** Whether the keys were compared with trusted ones. */
  readonly isPinned: boolean;
}

/** All entries of a model. */
export const entriesOf = ({ anchors, delegations, others }: Model): readonly Entry[] => [
  ...anchors,
  ...delegations,
  ...others,
];

const texts = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];

/**
 * Reads and verifies a receipt.
 *
 * @param pinned - the keys that the reader trusts, by authority id; undefined: none.
 * @throws Error if it is not a receipt at all.
 */
export async function receiptModel(
  text: string,
  pinned: Readonly<Record<string, string>> | undefined,
): Promise<Model> {
  const content = (attempt(() => JSON.parse(text)) ?? {}) as Record<string, unknown>;
  const records = {
    anchors: texts(content.anchors),
    delegations: texts(content.delegations),
    chains: texts(content.chains),
    authorities: texts(content.authorities),
  };
  const verification = await verifyReceipt(text, pinned ? { authorities: pinned } : {});
  const problems = verification.problems.map(sentenceOf);
  const anchors = records.anchors.map((item, i) => anchorEntry(item, i + 1));
  const delegations = records.delegations.map((item, i) => delegationEntry(item, i));
  const disclosures = Array.isArray(content.disclosures) ? content.disclosures : [];
  const others = [
    ...records.chains.map(chainEntry),
    ...records.authorities.map(authorityEntry),
    ...disclosures.map((item, i) => disclosureEntry(String((item as { origin?: unknown })?.origin), i)),
  ];
  const unassigned = assignProblems([...anchors, ...delegations, ...others], problems, verification.isPinned);
  return {
    runId: verification.runId,
    taskId: verification.taskId,
    issuedAt: typeof content.issued_at === 'string' ? content.issued_at : undefined,
    anchors,
    delegations,
    others,
    checks: wholeChecks(unassigned),
    isValid: problems.length === 0,
    isPinned: verification.isPinned,
  };
}

/** A problem is a sentence, or an object with one. */
function sentenceOf(problem: unknown): string {
  if (typeof problem === 'string') return problem;
  const { reason, message } = problem as { reason?: unknown; message?: unknown };
  return String(reason ?? message ?? JSON.stringify(problem));
}

const WHOLE = [
  { name: 'The receipt is signed as a whole', about: /signer|receipt is not/ },
  { name: 'The trail is complete, from the first record to the end of the run', about: /trail/ },
  { name: 'Every delegation states what it was made for', about: /./ },
];

function wholeChecks(problems: readonly string[]): Check[] {
  const left = [...problems];
  return WHOLE.map(({ name, about }) => {
    const reasons = left.filter((problem) => about.test(problem));
    for (const reason of reasons) left.splice(left.indexOf(reason), 1);
    return { name, isPassed: reasons.length === 0, reasons };
  });
}
