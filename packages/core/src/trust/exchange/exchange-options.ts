import * as z from 'zod';
import { idField } from '../../wire/index.js';

/** Options of `exportChain()`. */
export interface ExportOptions {
  /** The task whose delegations to the agent are written into the exported chain. Default: nothing. */
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
