import {
  ConstraintEvaluator,
  type ConstraintVerdict,
  forbidden,
  PERMITTED,
} from '../constraint-evaluator.js';
import type { ConstraintRequest } from '../constraint-request.js';

const WRITING = ['write', 'update', 'delete', 'create', 'modify'];

/**
 * `read_only`: denies an action whose name contains a word for writing, as the reference does. The guard also denies
 * every tool that does not declare `effects: 'read'`, since a name such as `pay` says nothing about what it does.
 */
export class ReadOnly extends ConstraintEvaluator {
  matches(label: string): boolean {
    return label === 'read_only';
  }

  evaluate({ action, guarded, tool, effects }: ConstraintRequest): ConstraintVerdict {
    const name = action.toLowerCase();
    const word = WRITING.find((writing) => name.includes(writing));
    if (word) return forbidden(`'${action}' contains '${word}', which read_only does not permit`);
    if (!guarded || effects === 'read' || (tool === undefined && effects === undefined)) return PERMITTED;
    const what = tool === undefined ? `'${action}'` : `tool '${tool}'`;
    return forbidden(
      effects === undefined
        ? `${what} does not declare effects: 'read', which read_only requires of a tool`
        : `${what} declares effects: '${effects}', which read_only does not permit`,
    );
  }
}
