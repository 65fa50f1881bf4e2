import type { Clock } from '@kaizen-eatp/core';
import { CLOCK, inject } from '@kaizen-eatp/core/container';
import { PatternContractError } from '@kaizen-eatp/core/errors';
import { Pattern, type PatternExecution, PatternExecutor } from '@kaizen-eatp/core/plugin';
import { EXCHANGE_RATES, type ExchangeRates } from './exchange-rates.ts';

/** An offer as the input of a run lists it. */
export interface Offer {
  readonly supplier: string;
  readonly amount: number;
  readonly currency: string;
}

/** The result of a run: the buyer's answer for the cheapest offer, and the price that was compared. */
export interface Purchase {
  readonly euros: number;
  readonly comparedAt: string;
  readonly order: unknown;
}

declare module '@kaizen-eatp/core/plugin' {
  interface PatternOptions {
    cheapest_offer: Readonly<Record<string, never>>;
  }
  interface PatternResults {
    cheapest_offer: Purchase;
  }
}

/** A pattern plugin: compares offers in euros, and lets the first agent buy the cheapest one. */
@Pattern({ name: 'cheapest_offer' })
export class CheapestOffer extends PatternExecutor<Record<string, never>> {
  constructor(
    @inject(EXCHANGE_RATES) private readonly rates: ExchangeRates,
    @inject(CLOCK) private readonly clock: Clock,
  ) {
    super();
  }

  async execute({ agents, input, invoke }: PatternExecution<Record<string, never>>): Promise<Purchase> {
    const prices = (input as readonly Offer[])
      .map((offer) => ({ offer, euros: this.rates.toEuros(offer.amount, offer.currency) }))
      .sort((a, b) => a.euros - b.euros);
    const [cheapest] = prices;
    const [buyer] = agents;
    if (!cheapest || !buyer)
      throw new PatternContractError("Pattern 'cheapest_offer' has no offer to buy", {
        expected: 'an array with at least one offer',
        received: 'an empty array',
        remedy: 'Pass the offers as the input of the run.',
      });
    const order = await invoke(buyer, { ...cheapest.offer, euros: cheapest.euros }, { action: 'buy' });
    return { euros: cheapest.euros, comparedAt: new Date(this.clock.now()).toISOString(), order };
  }
}
