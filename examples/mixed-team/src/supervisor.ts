import type { Subtask } from '@kaizen-eatp/core';
import type { WorkerResult } from '@kaizen-eatp/patterns';

/** The input of each worker, as JSON that both languages read. */
export interface MonthTask {
  readonly month: string;
  readonly kind: 'downtime' | 'impact';
  /** CSV with a header line. */
  readonly incidents: string;
}

export interface Review {
  /** Minutes by month. */
  readonly downtime: Readonly<Record<string, number>>;
  /** Minutes by cause. */
  readonly causes: Readonly<Record<string, number>>;
  /** Customers by service. */
  readonly customers: Readonly<Record<string, number>>;
}

interface Report {
  readonly month: string;
  readonly kind: MonthTask['kind'];
  readonly minutes?: Readonly<Record<string, number>>;
  readonly causes?: Readonly<Record<string, number>>;
  readonly customers?: Readonly<Record<string, number>>;
}

/** Splits a quarter into months and kinds of work, and combines the reports. Both methods run in TypeScript. */
export const supervisor = {
  run: () => undefined,

  decomposeTask(csv: string): Subtask[] {
    const [head = '', ...rows] = csv.trim().split('\n');
    const months = [...new Set(rows.map((row) => row.split(',')[1] as string))].sort();
    return months.flatMap((month) => {
      const incidents = [head, ...rows.filter((row) => row.split(',')[1] === month)].join('\n');
      return (['downtime', 'impact'] as const).map((kind) => ({
        input: JSON.stringify({ month, kind, incidents } satisfies MonthTask),
        requiredCapabilities: [kind],
        constraints: ['read_only'],
      }));
    });
  },

  aggregateResults({ workerResults }: { workerResults: readonly WorkerResult[] }): Review {
    const review = { downtime: {}, causes: {}, customers: {} } as Record<
      keyof Review,
      Record<string, number>
    >;
    for (const { result } of workerResults) {
      const { month, minutes = {}, causes = {}, customers = {} } = readReport(result);
      for (const [, count] of Object.entries(minutes)) add(review.downtime, month, count);
      for (const [cause, count] of Object.entries(causes)) add(review.causes, cause, count);
      for (const [service, count] of Object.entries(customers)) add(review.customers, service, count);
    }
    return review;
  },
};

/** Reads a worker's report. A Kaizen worker returns it as JSON in the field `result`. */
function readReport(result: unknown): Report {
  const text = (result as { result?: unknown }).result;
  return (typeof text === 'string' ? JSON.parse(text) : result) as Report;
}

function add(sums: Record<string, number>, key: string, count: number): void {
  sums[key] = (sums[key] ?? 0) + count;
}
