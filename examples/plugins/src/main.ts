import { mkdirSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isEatpError, type Root, TrustedAgent } from '@kaizen-eatp/core';
import type { Offer } from './cheapest-offer.ts';
import { type Configuration, openContainer } from './container.ts';

const fileOf = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));

/** Returns a configuration as a file could hold it. */
export const configurationFor = (file: string): Configuration => ({
  store: { plugin: 'snapshot', options: { file } },
  constraintEvaluators: ['approved_suppliers'],
  patterns: ['cheapest_offer'],
  ratesFile: fileOf('data/rates.json'),
  suppliers: ['Brightscrew', 'Nutworks'],
});

const OFFERS: readonly Offer[] = [
  { supplier: 'Brightscrew', amount: 129, currency: 'USD' },
  { supplier: 'Nutworks', amount: 107, currency: 'CHF' },
];

/** Buys from the cheapest supplier, is denied a purchase from a stranger, and finds its trail again after a restart. */
export async function main(file: string, print: (line: string) => void = console.log): Promise<void> {
  let runId: string;
  let roots: readonly Root[];
  {
    await using container = await openContainer(configurationFor(file));
    const { trust } = container;
    const acme = await trust.createEnterpriseAuthority({ name: 'ACME' });
    roots = [{ id: acme.id, publicKey: acme.publicKey }];
    const agent = (order: Offer): string => `ordered from ${order.supplier}`;
    const buyer = new TrustedAgent({ name: 'buyer', agent, trust });
    await buyer.establishTrust({
      authorityId: acme.id,
      capabilities: ['buy'],
      constraints: ['approved_suppliers'],
    });
    const runtime = container.createRuntime({ buyer });
    const run = await runtime.execute(OFFERS, { pattern: 'cheapest_offer' });
    runId = run.runId;
    print(`${run.result.order} for ${run.result.euros} euros`);
    try {
      await runtime.execute([{ supplier: 'Stranger', amount: 1, currency: 'EUR' }], {
        pattern: 'cheapest_offer',
      });
    } catch (error) {
      if (!isEatpError(error, 'VERIFICATION_DENIED')) throw error;
      print(`denied: ${error.denial.reason}`);
    }
  }
  // The keys are gone with the first container, so that this one only verifies, by the authorities that it pins.
  await using reopened = await openContainer({ ...configurationFor(file), roots });
  const { valid, entries } = await reopened.trust.verifyTrail(runId);
  print(`after a restart the trail of the purchase is ${valid ? 'valid' : 'not valid'} (${entries} records)`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  mkdirSync(fileOf('out'), { recursive: true });
  rmSync(fileOf('out/trust.jsonl'), { force: true });
  await main(fileOf('out/trust.jsonl'));
}
