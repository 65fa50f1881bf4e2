import type { Token } from '@kaizen-eatp/core/container';

/** The suppliers that a company buys from. A service of the application, not of Kaizen EATP. */
export class Suppliers {
  constructor(private readonly names: readonly string[]) {}

  /** Whether the company buys from a supplier. */
  isApproved(name: string): boolean {
    return this.names.includes(name);
  }
}

/** The token under which the container has {@link Suppliers}. */
export const SUPPLIERS = Symbol('Suppliers') as Token<Suppliers>;
