import { definePattern } from '@kaizen-eatp/core/plugin';

export interface Item {
  readonly kind: string;
  readonly amount: number;
}

export interface Expense {
  readonly employee: string;
  readonly items: readonly Item[];
}

interface Audit {
  readonly total: number;
  readonly findings: readonly string[];
}

/** The person who approves what exceeds the limits. */
export const APPROVER = 'person-carol';

/** An auditor in Python checks a report; a person approves it if something exceeds the limits; a clerk pays. */
export const expensePattern = definePattern({
  name: 'expense',
  async execute({ agents: [clerk, auditor], approval, delegate, input, invoke }) {
    if (!clerk || !auditor) throw new TypeError('The pattern needs a clerk and an auditor.');
    const { employee, items } = input as Expense;
    await delegate(clerk, auditor, { capabilities: ['audit'] });
    const { total, findings } = (await invoke(auditor, items)) as Audit;
    if (findings.length > 0) {
      const reason = findings.join('; ');
      const about = { employee, total };
      const { granted } = await approval({
        action: 'reimburse',
        input: about,
        approvers: [APPROVER],
        reason,
      });
      if (!granted) return { paid: 0, findings };
    }
    const paid = await invoke(clerk, { employee, total }, { action: 'reimburse' });
    return { paid, findings };
  },
});
