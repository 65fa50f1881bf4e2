const ONE_DELEGATION = 'An agent acts under its newest delegation by default, and here it has only one.';

/**
 * Mutants that change nothing that anyone can observe, each with the reason. They are not judged.
 *
 * Each names the file, the operator, and a part of the line.
 */
export const EQUIVALENTS = [
  ...['router.ts', 'debate.ts', 'blackboard-rounds.ts'].map((file) => ({
    file: `packages/patterns/src/${file}`,
    operator: 'leave out delegation',
    line: 'delegation',
    reason: ONE_DELEGATION,
  })),
];

/** The reason for which a mutant is equivalent to the original, if it is. */
export const whyEquivalent = ({ path, operator, text }) =>
  EQUIVALENTS.find(
    (each) => path.endsWith(each.file) && operator === each.operator && text.includes(each.line),
  )?.reason;
