import { fileURLToPath } from 'node:url';
import type { OrchestrationResult } from '@kaizen-eatp/core';
import { json, type Print, printTrail, team } from './team.ts';

interface Ticket {
  readonly id: string;
  readonly text: string;
  readonly invoice?: string;
}

interface Invoice {
  readonly lines: readonly { readonly units: number; readonly price: number }[];
  readonly taxPercent: number;
  readonly charged: number;
}

const router = {
  run: () => undefined,
  route: ({ text }: Ticket) => {
    if (/invoice|charge|refund|tax/i.test(text)) return { requiredCapability: 'settle_invoice' };
    if (/error|crash/i.test(text)) return { requiredCapability: 'diagnose' };
    return { requiredCapability: 'erase_personal_data' };
  },
};

function settle({ id, invoice }: Ticket): string {
  const { lines, taxPercent, charged } = json<Record<string, Invoice>>('invoices.json')[
    invoice ?? ''
  ] as Invoice;
  const net = lines.reduce((sum, { units, price }) => sum + units * price, 0);
  const due = Math.round(net * (1 + taxPercent / 100));
  return `${id}: ${invoice} should be ${due} cents, refund ${charged - due}`;
}

function diagnose({ id, text }: Ticket): string {
  const code = /\bE\d+\b/.exec(text)?.[0] ?? '';
  return `${id}: ${code} means ${json<Record<string, string>>('known-errors.json')[code] ?? 'nothing that we know of'}`;
}

export interface Routed {
  readonly answered: readonly OrchestrationResult<string>[];
  /** The error for the ticket that no agent is allowed to handle. */
  readonly refused: string;
}

/** Two tickets reach an agent that is allowed to handle them. No agent is allowed to do what the third asks for. */
export async function main(print: Print = console.log): Promise<Routed> {
  const runtime = await team({
    router: { agent: router, capabilities: ['settle_invoice', 'diagnose'] },
    billing: { agent: settle, capabilities: ['settle_invoice'] },
    support: { agent: diagnose, capabilities: ['diagnose'] },
  });
  const answered: OrchestrationResult<string>[] = [];
  let refused = '';
  for (const ticket of json<Ticket[]>('tickets.json')) {
    try {
      const options = { pattern: 'router', taskId: ticket.id } as const;
      const result = (await runtime.execute(ticket, options)) as OrchestrationResult<string>;
      answered.push(result);
      print(result.result);
      printTrail(result, print);
    } catch (error) {
      refused = (error as Error).message;
      print(`${ticket.id}: ${refused}`);
    }
  }
  return { answered, refused };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
