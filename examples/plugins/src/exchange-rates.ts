import { readFile } from 'node:fs/promises';
import type { Token } from '@kaizen-eatp/core/container';

/** Exchange rates to the euro, read from a file. A service of the application that a pattern uses. */
export class ExchangeRates {
  private constructor(private readonly rates: Readonly<Record<string, number>>) {}

  /** Reads the rates from a JSON file. */
  static async open(file: string): Promise<ExchangeRates> {
    return new ExchangeRates(JSON.parse(await readFile(file, 'utf8')) as Record<string, number>);
  }

  /** Converts an amount to euros. */
  toEuros(amount: number, currency: string): number {
    const rate = this.rates[currency];
    if (rate === undefined) throw new Error(`There is no exchange rate for ${currency}.`);
    return Math.round((amount / rate) * 100) / 100;
  }
}

/** The token under which the container has {@link ExchangeRates}. */
export const EXCHANGE_RATES = Symbol('ExchangeRates') as Token<ExchangeRates>;
