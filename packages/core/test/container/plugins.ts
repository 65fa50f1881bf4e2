import {
  ConstraintEvaluator,
  ConstraintEvaluatorPlugin,
  type ConstraintRequest,
  type ConstraintVerdict,
  MemoryTrustStore,
  Pattern,
  type PatternExecution,
  PatternExecutor,
  PLUGIN_OPTIONS,
  TrustStorePlugin,
} from '@kaizen-eatp/core';
import { z } from 'zod';

/** A store plugin with options, which declares its parameters without decorators. */
@TrustStorePlugin({ name: 'labelled', options: z.strictObject({ label: z.string().default('none') }) })
export class LabelledStore extends MemoryTrustStore {
  static readonly inject = [PLUGIN_OPTIONS];
  readonly label: string;

  constructor({ label }: { label: string }) {
    super();
    this.label = label;
  }
}

@ConstraintEvaluatorPlugin({ name: 'never' })
export class Never extends ConstraintEvaluator {
  matches(label: string): boolean {
    return label === 'never';
  }

  evaluate({ label }: ConstraintRequest): ConstraintVerdict {
    return { permitted: false, reason: label };
  }
}

@Pattern({ name: 'first' })
export class First extends PatternExecutor<Record<string, never>> {
  async execute({ agents, invoke, input }: PatternExecution<Record<string, never>>): Promise<unknown> {
    return invoke(agents[0]!, input);
  }
}

/** The error of a call that has to fail. */
export function failureOf(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  throw new Error('It did not fail.');
}
