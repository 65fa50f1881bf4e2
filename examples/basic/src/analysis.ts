/** One line of the export that the analyst reads. */
export interface Transaction {
  id: string;
  month: string;
  region: string;
  product: string;
  kind: 'sale' | 'refund';
  units: number;
  unitPrice: number;
}

export interface Analysis {
  transactions: number;
  rejected: number;
  revenue: number;
  refunds: number;
  byMonth: Record<string, number>;
  byRegion: Record<string, number>;
  byProduct: Record<string, number>;
  largest: { id: string; amount: number };
}

/** Reads the CSV; lines that cannot be used are counted, not guessed at. */
export function parseTransactions(csv: string): { transactions: Transaction[]; rejected: number } {
  const [, ...lines] = csv.trim().split('\n');
  const transactions: Transaction[] = [];
  let rejected = 0;
  for (const line of lines) {
    const [id, date, region, product, kind, units, unitPrice] = line.split(',');
    const isUsable =
      id && date && region && product && units && unitPrice && (kind === 'sale' || kind === 'refund');
    if (!isUsable) rejected += 1;
    else
      transactions.push({
        id,
        month: date.slice(0, 7),
        region,
        product,
        kind,
        units: Number(units),
        unitPrice: Number(unitPrice),
      });
  }
  return { transactions, rejected };
}

export function analyse(transactions: readonly Transaction[], rejected: number): Analysis {
  const analysis: Analysis = {
    transactions: transactions.length,
    rejected,
    revenue: 0,
    refunds: 0,
    byMonth: {},
    byRegion: {},
    byProduct: {},
    largest: { id: '', amount: 0 },
  };
  for (const { id, month, region, product, kind, units, unitPrice } of transactions) {
    const amount = units * unitPrice * (kind === 'refund' ? -1 : 1);
    analysis.revenue += amount;
    if (kind === 'refund') analysis.refunds -= amount;
    add(analysis.byMonth, month, amount);
    add(analysis.byRegion, region, amount);
    add(analysis.byProduct, product, amount);
    if (amount > analysis.largest.amount) analysis.largest = { id, amount };
  }
  return rounded(analysis);
}

function add(sums: Record<string, number>, key: string, amount: number): void {
  sums[key] = (sums[key] ?? 0) + amount;
}

function rounded<T>(value: T): T {
  if (typeof value === 'number') return (Math.round(value * 100) / 100) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, rounded(item)])) as T;
}

const money = (amount: number): string =>
  amount.toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 });

/** The summarizer's work: the figures in words. */
export function writeReport(analysis: Analysis): string {
  const months = Object.entries(analysis.byMonth).sort();
  const [first, last] = [months[0], months.at(-1)];
  const growth = first && last ? ((last[1] - first[1]) / first[1]) * 100 : 0;
  const ranking = (sums: Record<string, number>): string =>
    Object.entries(sums)
      .sort((a, b) => b[1] - a[1])
      .map(([name, sum]) => `${name} ${money(sum)} (${((sum / analysis.revenue) * 100).toFixed(1)} %)`)
      .join(', ');
  return [
    '# Fourth quarter 2025',
    '',
    `Net revenue was ${money(analysis.revenue)} from ${analysis.transactions} transactions, after refunds of ${money(analysis.refunds)}.`,
    `It ${growth >= 0 ? 'grew' : 'fell'} by ${Math.abs(growth).toFixed(1)} % from ${first?.[0]} to ${last?.[0]}.`,
    `By region: ${ranking(analysis.byRegion)}.`,
    `By product: ${ranking(analysis.byProduct)}.`,
    `The largest single sale was ${analysis.largest.id} with ${money(analysis.largest.amount)}.`,
    `${analysis.rejected} lines of the export were unusable and are not in these figures.`,
  ].join('\n');
}
