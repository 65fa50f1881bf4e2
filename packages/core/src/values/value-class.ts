import { describe, InvalidArgumentError } from '../errors/index.js';

/** The property under which a class carries its `ValueForm`. Set it with `defineValueClass()`. */
export const VALUE_BRAND: unique symbol = Symbol.for('@kaizen-eatp/value') as never;

/** How the instances of one class are written into canonical text, and read from it. */
export interface ValueForm<T = unknown> {
  /** A name that no other class has, such as `python.decimal`. It is part of the canonical text. */
  readonly name: string;
  /** Returns the instance as a string. Two instances have the same string if, and only if, they are the same value. */
  readonly write: (value: T) => string;
  /** Returns a new instance for such a string. */
  readonly read: (text: string) => T;
}

interface Forms {
  /** The forms that `defineValueClass()` made. Any other object under the brand is not called. */
  readonly known: WeakSet<object>;
  readonly byName: Map<string, { readonly form: ValueForm; readonly className: string }>;
}

// Shared by all copies of this package in the process, so that one can write what another one's class defines.
const REGISTRY = Symbol.for('@kaizen-eatp/value-forms');
const shared = globalThis as { [REGISTRY]?: Forms };
if (shared[REGISTRY] === undefined)
  Object.defineProperty(globalThis, REGISTRY, { value: { known: new WeakSet(), byName: new Map() } });
const { known, byName } = shared[REGISTRY] as Forms;

/**
 * Makes the instances of a class values that agents can get and return. Each is copied by writing and reading it, so
 * the form must cover all that matters about an instance.
 *
 * @throws InvalidArgumentError if another class has the form's name.
 */
export function defineValueClass<T extends object>(
  valueClass: abstract new (...args: never[]) => T,
  { name, write, read }: ValueForm<T>,
): void {
  if (typeof name !== 'string' || !/^[\w.-]{1,100}$/.test(name)) {
    throw new InvalidArgumentError(
      '`name` of a value class must be 1 to 100 letters, digits, dots or dashes',
      {
        received: describe(name),
        remedy: 'Use a name such as `acme.money`.',
      },
    );
  }
  const other = byName.get(name);
  if (other !== undefined && other.className !== valueClass.name) {
    throw new InvalidArgumentError(`There is a value class '${name}' already`, {
      received: `${valueClass.name}, after ${other.className}`,
      remedy: 'Give each class another name.',
    });
  }
  const form = Object.freeze({ name, write, read }) as ValueForm;
  known.add(form);
  if (other === undefined) byName.set(name, { form, className: valueClass.name });
  Object.defineProperty(valueClass.prototype, VALUE_BRAND, { value: form, configurable: true });
}

/** Returns the form of a branded object, if `defineValueClass()` made it. */
export function formOf(value: object): ValueForm | undefined {
  const form = (value as { [VALUE_BRAND]?: unknown })[VALUE_BRAND];
  return typeof form === 'object' && form !== null && known.has(form) ? (form as ValueForm) : undefined;
}

/** Returns the text of an instance of a value class; undefined for any other object. */
export const textOfInstance = (value: object): string | undefined => formOf(value)?.write(value);

/** Returns the form with a name, for reading. */
export const formNamed = (name: string): ValueForm | undefined => byName.get(name)?.form;
