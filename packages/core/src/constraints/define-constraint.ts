import { expectOptions, PluginError } from '../errors/index.js';
import { ConstraintEvaluator, type ConstraintVerdict, PERMITTED } from './constraint-evaluator.js';
import type { ConstraintRequest } from './constraint-request.js';
import { ignorePromise, messageOf } from './read-verdict.js';

/** A constraint whose label has no parameter, such as `internal_only`. */
export interface PlainConstraint {
  /** The whole label, in lower case; labels are compared without regard to case. */
  readonly label: string;
  /** Whether an agent under this constraint is allowed to act. */
  evaluate(request: ConstraintRequest): ConstraintVerdict;
  /** Whether an agent under this constraint is allowed to delegate. Default: yes. */
  evaluateDelegation?(request: ConstraintRequest): ConstraintVerdict;
}

/** A constraint whose label ends in a parameter, such as `max_amount:1000`. */
export interface ParameterisedConstraint<P> {
  /** The part of the label before the parameter, in lower case, such as `max_amount:`. */
  readonly prefix: string;
  /**
   * Reads the parameter, as it is written in the label. Throw for an invalid parameter: establishing an agent with such
   * a label is then refused, and an agent that has it already cannot act.
   */
  parse(parameter: string): P;
  /** Whether an agent under this constraint is allowed to act. */
  evaluate(request: ConstraintRequest, parameter: P): ConstraintVerdict;
  /** Whether an agent under this constraint is allowed to delegate. Default: yes. */
  evaluateDelegation?(request: ConstraintRequest, parameter: P): ConstraintVerdict;
}

/**
 * Creates an evaluator without a class: for one label, or for all labels with a prefix.
 *
 * @throws PluginError `PLUGIN_INVALID` for a definition that no label could match, or that lacks a function.
 */
export function defineConstraint(definition: PlainConstraint): ConstraintEvaluator;
export function defineConstraint<P>(definition: ParameterisedConstraint<P>): ConstraintEvaluator;
export function defineConstraint<P>(
  definition: PlainConstraint | ParameterisedConstraint<P>,
): ConstraintEvaluator {
  expectOptions(definition, 'defineConstraint', [
    'label',
    'prefix',
    'parse',
    'evaluate',
    'evaluateDelegation',
  ]);
  const { label, prefix, parse, evaluate, evaluateDelegation } = definition as Partial<PlainConstraint> &
    Partial<ParameterisedConstraint<P>>;
  const isPlain = prefix === undefined;
  expectLabelText(isPlain ? label : prefix, isPlain ? 'label' : 'prefix');
  if (!isPlain && label !== undefined) refuse('either `label` or `prefix`', 'both');
  if (typeof evaluate !== 'function') refuse('`evaluate` to be a function', typeof evaluate);
  if (isPlain ? parse !== undefined : typeof parse !== 'function')
    refuse(isPlain ? '`parse` only with `prefix`' : '`parse` to be a function', typeof parse);
  if (evaluateDelegation !== undefined && typeof evaluateDelegation !== 'function')
    refuse('`evaluateDelegation` to be a function', typeof evaluateDelegation);
  return new DefinedConstraint({
    start: (isPlain ? label : prefix) as string,
    parse: isPlain ? undefined : (parse as (parameter: string) => unknown),
    evaluate: evaluate as Judge,
    evaluateDelegation: evaluateDelegation as Judge | undefined,
  });
}

type Judge = (request: ConstraintRequest, parameter: unknown) => ConstraintVerdict;

interface Parts {
  readonly start: string;
  readonly parse: ((parameter: string) => unknown) | undefined;
  readonly evaluate: Judge;
  readonly evaluateDelegation: Judge | undefined;
}

class DefinedConstraint extends ConstraintEvaluator {
  constructor(private readonly parts: Parts) {
    super();
  }

  matches(label: string): boolean {
    const { start, parse } = this.parts;
    return parse ? label.startsWith(start) : label === start;
  }

  evaluate(request: ConstraintRequest): ConstraintVerdict {
    const { evaluate } = this.parts;
    return evaluate(request, this.#parameterOf(request.label));
  }

  override evaluateDelegation(request: ConstraintRequest): ConstraintVerdict {
    const { evaluateDelegation } = this.parts;
    return evaluateDelegation ? evaluateDelegation(request, this.#parameterOf(request.label)) : PERMITTED;
  }

  override findProblem(label: string): string | undefined {
    try {
      this.#parameterOf(label);
      return undefined;
    } catch (error) {
      return messageOf(error);
    }
  }

  #parameterOf(label: string): unknown {
    const { start, parse } = this.parts;
    const parameter = parse?.(label.slice(start.length));
    return ignorePromise(parameter) ? refuse('`parse` to return a value', 'a promise') : parameter;
  }
}

function expectLabelText(text: unknown, name: string): void {
  const isText = typeof text === 'string' && text.length > 0 && text === text.toLowerCase();
  if (!isText)
    refuse(`\`${name}\` to be a string in lower case`, typeof text === 'string' ? `'${text}'` : typeof text);
}

function refuse(expected: string, received: string): never {
  throw new PluginError('PLUGIN_INVALID', 'This does not define a constraint', {
    expected,
    received,
    remedy: "Pass { label, evaluate }, or { prefix, parse, evaluate } for labels such as 'max_amount:1000'.",
  });
}
