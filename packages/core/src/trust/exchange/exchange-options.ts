import { z } from 'zod';
import { idField } from '../../wire/index.js';

/** Options of `exportChain()`. */
export interface ExportOptions {
  /** Folds in what was delegated to the agent for this task. Default: nothing. */
  readonly taskId?: string;
}

/** The schema of {@link ExportOptions}. */
export const exportOptions = z.strictObject({ taskId: idField.optional() });

/** Options of `importChain()`. */
export interface ImportOptions {
  /** Whether a chain that the agent has already is replaced. Default: false. */
  readonly overwrite?: boolean;
}

/** The schema of {@link ImportOptions}. */
export const importOptions = z.strictObject({ overwrite: z.boolean().optional() });
