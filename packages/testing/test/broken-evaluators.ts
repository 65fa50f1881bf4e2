import {
  ConstraintEvaluator,
  type ConstraintRequest,
  type ConstraintVerdict,
  defineConstraint,
  forbidden,
  PERMITTED,
} from '@kaizen-eatp/core/plugin';

type Amount = { readonly amount?: number; readonly items?: number[] };
const amountOf = ({ input }: ConstraintRequest): number => Number((input as Amount | undefined)?.amount ?? 0);

const numberOf = (parameter: string): number => {
  const limit = Number(parameter);
  if (!Number.isFinite(limit)) throw new Error(`'${parameter}' is not a number`);
  return limit;
};

const judge = (request: ConstraintRequest, limit: number): ConstraintVerdict =>
  amountOf(request) > limit ? forbidden(`${amountOf(request)} is more than ${limit}`) : PERMITTED;

/** Limits an amount. Each broken evaluator adds one fault. */
export const maxAmount = defineConstraint({ prefix: 'max_amount:', parse: numberOf, evaluate: judge });

const broken = (evaluate: typeof judge): ConstraintEvaluator =>
  defineConstraint({ prefix: 'max_amount:', parse: numberOf, evaluate });

/** Catches its own errors, and permits. */
export const throwsIntoAllow = broken((request, limit) => {
  try {
    return judge(request, limit);
  } catch {
    return PERMITTED;
  }
});

let isFirst = true;
/** Denies the first time only. */
export const deniesOnce = broken((request, limit) => {
  const verdict = judge(request, limit);
  if (verdict.permitted) return verdict;
  const answer = isFirst ? verdict : PERMITTED;
  isFirst = false;
  return answer;
});

/** Permits on some days, by the clock of the process. */
export const readsTheClock = broken((request, limit) =>
  new Date(Date.now()).getUTCDay() === 0 ? PERMITTED : judge(request, limit),
);

/** Decides by chance. */
export const rollsDice = broken((request, limit) =>
  Math.random() === 0 ? PERMITTED : judge(request, limit),
);

/** Sorts the items of the input in place. */
export const sortsTheInput = broken((request, limit) => {
  (request.input as Amount | undefined)?.items?.sort((a, b) => b - a);
  return judge(request, limit);
});

/** Answers with a promise. */
export const answersLater = broken((async (request: ConstraintRequest, limit: number) =>
  judge(request, limit)) as never);

/** Never denies. */
export const permitsAll = broken(() => PERMITTED);

/** Denies everything. */
export const deniesAll = broken(() => forbidden('no'));

/** Denies without a reason. */
export const givesNoReason = broken((request, limit) =>
  judge(request, limit).permitted ? PERMITTED : ({ permitted: false } as never),
);

/** Reads an unreadable limit as no limit. */
export const readsNoLimit = defineConstraint({
  prefix: 'max_amount:',
  parse: (parameter) => Number(parameter),
  evaluate: judge,
});

/** Claims every label. */
export class ClaimsAll extends ConstraintEvaluator {
  matches(): boolean {
    return true;
  }
  evaluate(request: ConstraintRequest): ConstraintVerdict {
    return judge(request, Number(request.label.split(':')[1]));
  }
}

/** Compares labels with their case. */
export class ComparesCase extends ConstraintEvaluator {
  matches(label: string): boolean {
    return label.startsWith('max_Amount:');
  }
  evaluate(request: ConstraintRequest): ConstraintVerdict {
    return judge(request, numberOf(request.label.slice('max_amount:'.length)));
  }
}
