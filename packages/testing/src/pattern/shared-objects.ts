/** Objects that all code of a process shares, by the names that a reason uses. */
const SHARED: readonly (readonly [name: string, object: object])[] = [
  Object,
  Array,
  Function,
  String,
  Number,
  Boolean,
  Map,
  Set,
  Promise,
  Error,
  Date,
  RegExp,
].flatMap((shared): [string, object][] => [
  [shared.name, shared],
  [`${shared.name}.prototype`, shared.prototype as object],
]);

type Properties = ReadonlyMap<PropertyKey, PropertyDescriptor>;

const propertiesOf = (object: object): Properties =>
  new Map(
    Reflect.ownKeys(object).map((key) => [
      key,
      Object.getOwnPropertyDescriptor(object, key) as PropertyDescriptor,
    ]),
  );

/** Remembers the objects that all code of a process shares, to notice and to undo changes. */
export class SharedObjects {
  readonly #before = SHARED.map(([name, object]) => ({ name, object, properties: propertiesOf(object) }));
  readonly #globals = new Set(Reflect.ownKeys(globalThis));

  /** Describes the first change since the beginning, and undoes all changes. */
  undo(): string | undefined {
    const changes: string[] = [];
    for (const { name, object, properties } of this.#before) {
      for (const key of Reflect.ownKeys(object)) {
        if (properties.has(key)) continue;
        changes.push(`${name}.${String(key)}`);
        Reflect.deleteProperty(object, key);
      }
      for (const [key, before] of properties) {
        if (isSame(Object.getOwnPropertyDescriptor(object, key), before)) continue;
        changes.push(`${name}.${String(key)}`);
        Reflect.defineProperty(object, key, before);
      }
    }
    for (const key of Reflect.ownKeys(globalThis)) {
      if (this.#globals.has(key)) continue;
      changes.push(`globalThis.${String(key)}`);
      Reflect.deleteProperty(globalThis, key);
    }
    return changes[0];
  }
}

const isSame = (one: PropertyDescriptor | undefined, other: PropertyDescriptor): boolean =>
  one !== undefined && Object.is(one.value, other.value) && one.get === other.get && one.set === other.set;
