import type { MonthTask } from './supervisor.ts';

/** A worker in TypeScript: how many customers each service's incidents reached in a month. */
export function impact({ task_description }: { readonly task_description: string }): object {
  const { month, kind, incidents } = JSON.parse(task_description) as MonthTask;
  const customers: Record<string, number> = {};
  for (const row of incidents.split('\n').slice(1)) {
    const [service = '', , , count] = row.split(',');
    customers[service] = (customers[service] ?? 0) + Number(count);
  }
  return { month, kind, customers };
}
