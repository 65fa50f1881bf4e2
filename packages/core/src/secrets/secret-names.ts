import forms from './secret-forms.json' with { type: 'json' };

const { names } = forms;
const EXACT: ReadonlySet<string> = new Set(names.exact);
const NEVER: ReadonlySet<string> = new Set(names.never);
const WHOLE_LINE: ReadonlySet<string> = new Set(names.wholeLine);
/** A name longer than any that people write is not searched: it counts as secret. */
const LONGEST_NAME = 4_000;
/** Names that were looked up before. Programs use few. */
const known = new Map<string, boolean>();
const MOST_KNOWN = 10_000;

/** Whether a property, a parameter or a header of this name holds a secret. */
export function isSecretName(name: string): boolean {
  if (name.length > LONGEST_NAME) return true;
  let isSecret = known.get(name);
  if (isSecret === undefined) {
    isSecret = judge(plain(name));
    if (known.size >= MOST_KNOWN) known.clear();
    if (name.length < 100) known.set(name, isSecret);
  }
  return isSecret;
}

/** Whether what follows a header's name is secret up to the end of the line. */
export const isWholeLineName = (name: string): boolean => WHOLE_LINE.has(plain(name));

const plain = (name: string): string => name.toLowerCase().replace(/[-_.\s]/g, '');

function judge(name: string): boolean {
  if (NEVER.has(name)) return false;
  return (
    EXACT.has(name) ||
    names.contains.some((part) => name.includes(part)) ||
    names.endsWith.some((end) => name.endsWith(end))
  );
}
