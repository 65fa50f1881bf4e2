/** The key of the one authority, as a store names it. */
export const KEY_ID = 'key-org-acme';

/** Each pattern has a cast of its own, so that agents of the same role can do different things. */
export const agentName = (pattern: string, player: string): string => `${player}-of-${pattern}`;
