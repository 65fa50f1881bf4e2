/**
 * The numbers of one array or object that are floats in another language, though they are whole: `1.0` and `1` are one
 * number in JavaScript and two kinds of number in Python. For an array whose numbers are all floats, its length.
 */
export type FloatMarks = ReadonlySet<string | number> | number;

const marks = new WeakMap<object, FloatMarks>();
let areThereAny = false;

/** Marks numbers of an array or object as floats. The marks stay with the copies that agents and patterns get. */
export function markFloats(container: object, floats: FloatMarks): void {
  marks.set(container, floats);
  areThereAny = true;
}

/** The marks of an array or object; undefined if it has none. */
export const floatMarksOf = (container: object): FloatMarks | undefined =>
  areThereAny ? marks.get(container) : undefined;

/** Gives a copy the marks of its original. */
export function copyFloatMarks(original: object, copy: object): void {
  if (!areThereAny) return;
  const floats = marks.get(original);
  if (floats !== undefined) marks.set(copy, floats);
}
