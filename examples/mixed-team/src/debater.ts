/** A debater in TypeScript. It argues from the number of causes, not from the cost of each. */
export const sceptic = {
  run: () => undefined,
  argue: ({ position }: { readonly position: string }) => ({
    argument: `I am ${position}: most teams did nothing wrong, and 1 quarter is no trend.`,
  }),
  rebut: ({ opponentArgument }: { readonly opponentArgument: string }) => ({
    rebuttal: `"${opponentArgument.split(' ').slice(0, 3).join(' ')} …" says nothing of what a freeze would cost.`,
  }),
};
