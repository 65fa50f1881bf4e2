/** One step into a value: an index, a property's name, or a place in a map or set. */
export type Step = number | string | MapStep;

/** The place of a part of a map or set. */
export interface MapStep {
  /** Which part it is: a map's key, a map's value, or a set's item. */
  readonly part: 'key' | 'value' | 'item';
  /** The position in the order of insertion. */
  readonly index: number;
  /** The key, if it is a value that has one. */
  readonly key?: unknown;
}

const MAX_NAME = 60;

/** Returns a place, written like code: `input.tasks[3].name`. */
export function pathOf(what: string, steps: readonly Step[]): string {
  let path = what;
  for (const step of steps) path += stepText(step);
  return path;
}

function stepText(step: Step): string {
  if (typeof step === 'number') return `[${step}]`;
  if (typeof step === 'string')
    return /^[A-Za-z_$][\w$]{0,59}$/.test(step) ? `.${step}` : `[${JSON.stringify(short(step))}]`;
  if (step.part === 'value' && typeof step.key === 'string')
    return `.get(${JSON.stringify(short(step.key))})`;
  return `[${step.part} ${step.index}]`;
}

const short = (name: string): string => (name.length > MAX_NAME ? `${name.slice(0, MAX_NAME)}…` : name);
