import { InvalidArgumentError } from '../../errors/index.js';
import type { CheckedExecuteOptions, ExecuteOptions } from '../execute-options.js';

/** Options of a durable run: those of `execute` except the ones that belong to one process. */
export type SubmitOptions<Name extends string> = Omit<
  CheckedExecuteOptions<Name>,
  'signal' | 'onEvent' | 'within'
>;

/** @throws InvalidArgumentError for an option that belongs to one process. */
export function expectSubmittable(
  options: ExecuteOptions<string> | undefined,
): ExecuteOptions<string> | undefined {
  const { signal, onEvent, within } = options ?? {};
  const named = Object.entries({ signal, onEvent, within }).find(([, value]) => value !== undefined);
  if (!named) return options;
  throw new InvalidArgumentError(`There is no option '${named[0]}' of submit()`, {
    expected: 'options that hold in every process',
    received: `'${named[0]}', which belongs to this one`,
    remedy:
      'Use cancel() and events() of the run that submit() returns, or execute() for a run in this process.',
  });
}
