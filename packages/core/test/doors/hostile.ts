/** Ways to make an object show different values to different readers. */
export const HOSTILITIES = ['getters', 'proxies', 'methods', 'subclasses'] as const;
export type Hostility = (typeof HOSTILITIES)[number];

/** How often each property was read. */
export class Reads {
  readonly #counts = new Map<object, Map<PropertyKey, number>>();

  /** @returns whether it is the first time. */
  isFirst(object: object, key: PropertyKey): boolean {
    const counts = this.#counts.get(object) ?? new Map<PropertyKey, number>();
    this.#counts.set(object, counts);
    counts.set(key, (counts.get(key) ?? 0) + 1);
    return counts.get(key) === 1;
  }

  get most(): number {
    return Math.max(0, ...[...this.#counts.values()].flatMap((counts) => [...counts.values()]));
  }
}

/**
 * Makes a value that equals a plain one for code that reads each property and element once, by its descriptor, and calls
 * no method of it. Any other code sees something else. Functions and objects of classes other than Date stay as they are.
 */
export function hostile(value: unknown, hostility: Hostility, reads: Reads): unknown {
  if (value instanceof Date) return hostileDate(value, hostility);
  if (Array.isArray(value)) {
    const items = value.map((item) => hostile(item, hostility, reads));
    return hostileArray(items, hostility, reads);
  }
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype)
    return value;
  const object: object = {};
  for (const [name, item] of Object.entries(value)) {
    const property = {
      value: hostile(item, hostility, reads),
      enumerable: true,
      configurable: true,
      writable: true,
    };
    Object.defineProperty(object, name, property);
  }
  return hostileObject(object as Record<string, unknown>, hostility, reads);
}

function hostileObject(object: Record<string, unknown>, hostility: Hostility, reads: Reads): object {
  switch (hostility) {
    case 'getters':
      return withGetters(object, Object.keys(object), reads);
    case 'proxies':
      return lying(object, reads);
    default:
      for (const name of ['toJSON', 'then', 'valueOf', 'toString', 'hasOwnProperty'])
        if (!Object.hasOwn(object, name)) Object.defineProperty(object, name, { value: () => EVIL_TEXT });
      return object;
  }
}

const EVIL_TEXT = 'evil';
const evil = (value: unknown): unknown => {
  if (typeof value === 'boolean') return !value;
  if (typeof value === 'number') return 666;
  return Array.isArray(value) ? [EVIL_TEXT] : EVIL_TEXT;
};

function withGetters<T extends object>(object: T, keys: readonly PropertyKey[], reads: Reads): T {
  for (const key of keys) {
    const value: unknown = Reflect.get(object, key);
    Object.defineProperty(object, key, {
      get: () => (reads.isFirst(object, key) ? value : evil(value)),
      enumerable: true,
      configurable: true,
    });
  }
  return object;
}

/** A proxy that tells the truth once: about each property, the names, and the class. */
function lying<T extends object>(object: T, reads: Reads): T {
  return new Proxy(object, {
    get: (target, key) =>
      reads.isFirst(target, key) ? Reflect.get(target, key) : evil(Reflect.get(target, key)),
    getOwnPropertyDescriptor: (target, key) => {
      const descriptor = Reflect.getOwnPropertyDescriptor(target, key);
      if (!descriptor || reads.isFirst(target, key)) return descriptor;
      return { ...descriptor, value: evil(descriptor.value) };
    },
    ownKeys: (target) =>
      reads.isFirst(target, OWN_KEYS) ? Reflect.ownKeys(target) : [...Reflect.ownKeys(target), 'evil'],
    has: () => true,
  });
}
const OWN_KEYS = Symbol('own keys');

const ARRAY_METHODS = [
  'at',
  'concat',
  'entries',
  'every',
  'filter',
  'find',
  'findIndex',
  'findLast',
  'flat',
  'flatMap',
  'forEach',
  'includes',
  'indexOf',
  'join',
  'keys',
  'lastIndexOf',
  'map',
  'reduce',
  'slice',
  'some',
  'sort',
  'toJSON',
  'toSorted',
  'toString',
  'values',
  Symbol.iterator,
] as const;

/** A method whose answers differ from the elements of the array. */
function evilMethod(name: string | symbol): unknown {
  if (name === 'includes' || name === 'some') return () => false;
  if (name === 'every') return () => true;
  if (name === 'find' || name === 'findLast') return () => undefined;
  if (name === 'join' || name === 'toString') return () => EVIL_TEXT;
  if (name === Symbol.iterator || name === 'values') return () => [EVIL_TEXT].values();
  return () => [EVIL_TEXT];
}

class EvilArray extends Array<unknown> {
  static override get [Symbol.species]() {
    return class extends Array<unknown> {
      override push(): number {
        return super.push(EVIL_TEXT);
      }
    } as unknown as ArrayConstructor;
  }
}
for (const name of ARRAY_METHODS)
  Object.defineProperty(EvilArray.prototype, name, { value: evilMethod(name) });

function hostileArray(items: unknown[], hostility: Hostility, reads: Reads): unknown[] {
  switch (hostility) {
    case 'getters':
      return withGetters(items, [...items.keys()], reads);
    case 'proxies':
      return lying(items, reads);
    case 'methods':
      for (const name of ARRAY_METHODS) Object.defineProperty(items, name, { value: evilMethod(name) });
      return items;
    case 'subclasses': {
      const array = new EvilArray();
      for (const [i, item] of items.entries())
        Object.defineProperty(array, i, {
          value: item,
          enumerable: true,
          configurable: true,
          writable: true,
        });
      return array;
    }
  }
}

class EvilDate extends Date {
  override getTime(): number {
    return 666;
  }
  override valueOf(): number {
    return 666;
  }
  override toISOString(): string {
    return '9999-12-31T23:59:59.000Z';
  }
  override toJSON(): string {
    return this.toISOString();
  }
}

function hostileDate(date: Date, hostility: Hostility): Date {
  if (hostility === 'methods')
    return Object.assign(new Date(date), {
      getTime: () => 666,
      toISOString: () => EVIL_TEXT,
      toJSON: () => EVIL_TEXT,
    });
  return hostility === 'subclasses' ? new EvilDate(date.getTime()) : date;
}
