import {
  ConstraintEvaluator,
  type ConstraintRequest,
  type ConstraintVerdict,
  forbidden,
  PERMITTED,
} from '../constraint-evaluator.js';

const WRITING = ['write', 'update', 'delete', 'create', 'modify'];

/** `read_only`: denies an action whose name contains a word for writing. */
export class ReadOnly extends ConstraintEvaluator {
  matches(label: string): boolean {
    return label === 'read_only';
  }

  evaluate({ action }: ConstraintRequest): ConstraintVerdict {
    const name = action.toLowerCase();
    const word = WRITING.find((writing) => name.includes(writing));
    return word ? forbidden(`'${action}' contains '${word}', which read_only does not permit`) : PERMITTED;
  }
}
