import { MemoryTrustStore } from '@kaizen-eatp/core';
import { PLUGIN_OPTIONS } from '@kaizen-eatp/core/container';
import {
  ConstraintEvaluator,
  ConstraintEvaluatorPlugin,
  type ConstraintRequest,
  type ConstraintVerdict,
  Pattern,
  type PatternExecution,
  PatternExecutor,
} from '@kaizen-eatp/core/plugin';
import { TrustStorePlugin } from '@kaizen-eatp/core/store';
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
