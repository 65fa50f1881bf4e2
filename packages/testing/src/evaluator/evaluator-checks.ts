import { isDeepStrictEqual } from 'node:util';
import type { ConstraintReport } from '@kaizen-eatp/core/plugin';
import { textOf } from '../pattern/texts.js';
import type { EvaluatorCase } from './evaluator-setup.js';
import { type EvaluatorTrial, nameOf } from './evaluator-trial.js';

type Check = (trial: EvaluatorTrial) => Promise<string | undefined>;

const all = ({ setup }: EvaluatorTrial): readonly EvaluatorCase[] => [...setup.permits, ...setup.denies];

const FOREIGN = ['read_only', 'no_delegation', 'audit_required', 'conformance_suite_label:17', ''];

/** Checks that the evaluator is responsible for its labels in any case, and for no others. */
export const matchesItsLabels: Check = async (trial) => {
  for (const { label } of all(trial)) {
    for (const written of [label, label.toUpperCase()])
      if (trial.registry.findUnenforced([written]).length > 0)
        return `no evaluator is responsible for '${written}'`;
  }
  const own = all(trial).map(({ label }) => label);
  const claimed = FOREIGN.find((label) => !own.includes(label) && trial.evaluator.matches(label));
  return claimed === undefined ? undefined : `it claims the label '${claimed}', which is not one of its own`;
};

/** Checks that it permits what it must. */
export const permitsWhatItMust: Check = async (trial) => {
  for (const question of trial.setup.permits) {
    const [violation] = trial.ask(question).violations;
    if (violation) return `${nameOf(question)} was denied: ${violation.reason}`;
  }
  return undefined;
};

/** Checks that it denies what it must, with a reason of its own. */
export const deniesWhatItMust: Check = async (trial) => {
  for (const question of trial.setup.denies) {
    const { violations, unenforced } = trial.ask(question);
    const [violation] = violations;
    if (!violation)
      return `${nameOf(question)} was permitted${unenforced.length > 0 ? ', as not enforced' : ''}`;
    if (/^the evaluator (failed|gave no|returned)/.test(violation.reason))
      return `${nameOf(question)} was denied only because ${violation.reason}`;
  }
  return undefined;
};

const REPETITIONS = 50;

/** Checks that the same question has the same answer, in any order, at any time of the process, and by any chance. */
export const isDeterministic: Check = async (trial) => {
  const questions = all(trial);
  const first = questions.map((question) => answerOf(trial.ask(question)));
  const { now } = Date;
  const { random } = Math;
  try {
    for (let round = 0; round < REPETITIONS; round++) {
      Date.now = () => round * 86_400_000 * 3.7;
      Math.random = () => (round % 10) / 10;
      for (let i = questions.length - 1; i >= 0; i--) {
        const answer = answerOf(trial.ask(questions[i] as EvaluatorCase));
        if (answer !== first[i])
          return `${nameOf(questions[i] as EvaluatorCase)} was ${answer} the next time, and at first ${first[i]}`;
      }
    }
  } finally {
    Date.now = now;
    Math.random = random;
  }
  return undefined;
};

const answerOf = ({ violations, unenforced }: ConstraintReport): string =>
  violations.length > 0
    ? `denied: ${violations[0]?.reason}`
    : unenforced.length > 0
      ? 'not enforced'
      : 'permitted';

/** Checks that it answers with a value, not with a promise. */
export const answersAtOnce: Check = async (trial) => {
  for (const question of all(trial)) {
    const answer = trial.askDirectly(question);
    if (answer instanceof Promise) {
      answer.catch(() => undefined);
      return `${nameOf(question)} was answered with a promise`;
    }
  }
  return undefined;
};

/** Checks that it changes nothing of what it is given. */
export const changesNothing: Check = async (trial) => {
  for (const question of all(trial)) {
    const input = structuredClone(question.input);
    const context = structuredClone(question.context ?? {});
    trial.askDirectly(question, { input, context });
    if (!isDeepStrictEqual(input, question.input))
      return `${nameOf(question)}: it changed the input from ${textOf(question.input)} to ${textOf(input)}`;
    if (!isDeepStrictEqual(context, question.context ?? {}))
      return `${nameOf(question)}: it changed the context`;
  }
  return undefined;
};

/** Checks that an error on the way to an answer is never a yes. */
export const failsClosed: Check = async (trial) => {
  for (const question of trial.setup.denies) {
    const trap = hostile();
    const report = trial.ask({ ...question, context: question.context ?? {} }, () => trap.value);
    if (trap.touched() && report.violations.length === 0)
      return `${nameOf(question)} was permitted although reading the input failed`;
  }
  return undefined;
};

/** A value that throws whenever it is read, and remembers it. */
function hostile(): { readonly value: unknown; touched(): boolean } {
  let isTouched = false;
  const fail = (): never => {
    isTouched = true;
    throw new Error('the input cannot be read');
  };
  const value = new Proxy(
    {},
    { get: fail, has: fail, ownKeys: fail, getOwnPropertyDescriptor: fail, getPrototypeOf: fail },
  );
  return { value, touched: () => isTouched };
}

/** Checks that labels which cannot be enforced as written are refused, and deny. */
export const findsInvalidLabels: Check = async (trial) => {
  for (const label of trial.setup.invalidLabels ?? []) {
    if (trial.registry.findProblem([label]) === undefined)
      return `no problem was found with the label '${label}'`;
    if (trial.ask({ ...trial.setup.permits[0], label }).violations.length === 0)
      return `an action under the invalid label '${label}' was permitted`;
  }
  return undefined;
};

/** Checks that its valid labels have no problem. */
export const acceptsItsLabels: Check = async (trial) => {
  const problem = trial.registry.findProblem(all(trial).map(({ label }) => label));
  return problem && `the label '${problem.label}' has a problem: ${problem.reason}`;
};
