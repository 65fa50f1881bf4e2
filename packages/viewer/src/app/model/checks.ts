import type { Check, Entry, Kind } from './records.js';

interface Rule {
  readonly name: string;
  readonly about: RegExp;
}

const ALLOWED = 'Its agent was allowed to do it';
const DENIED = 'It records a denial: its agent did not act';
const TRUSTED = 'Its key is one that you trust';

/** The checks of each kind of record. The verifier's problems are sorted into them; the last takes what no other does. */
const RULES: Record<Kind, readonly Rule[]> = {
  anchor: [
    { name: 'The record can be read', about: /cannot be read|is not an anchor/ },
    {
      name: 'It stands at its place in the trail',
      about: /follow|was changed|another place|recorded twice|listed twice|older than/,
    },
    {
      name: 'It is signed by the authority of its agent',
      about: /not as it was signed|authority of .* unknown|signature/,
    },
    { name: 'The chain and the delegation that it names are here', about: /not in the receipt/ },
    {
      name: 'It belongs to the task and the person of the run',
      about: /is of task|another person|another run/,
    },
    { name: ALLOWED, about: /./ },
  ],
  delegation: [
    { name: 'The record can be read', about: /cannot be read/ },
    { name: 'It is signed by the authority of the delegator', about: /signed|signature/ },
    {
      name: 'It was made for this run, task and person',
      about: /something else|another|listed twice|binding/,
    },
    { name: 'The delegator was allowed to make it', about: /./ },
  ],
  chain: [
    { name: 'The record can be read', about: /cannot be read/ },
    { name: 'Its genesis record is signed', about: /genesis/ },
    { name: 'Its capabilities are signed', about: /capabilit/ },
    { name: 'Its state is signed, and nothing was added or removed', about: /./ },
  ],
  authority: [
    { name: 'The record can be read', about: /cannot be read/ },
    { name: TRUSTED, about: /trust/ },
    { name: 'It is listed once', about: /./ },
  ],
  disclosure: [
    { name: 'The data can be read', about: /cannot be read/ },
    { name: 'It is the person whom the records sign', about: /./ },
  ],
};

/** Returns the checks of a record, with the verifier's problems that concern it. */
export function checksOf(kind: Kind, problems: readonly string[], omit: readonly string[] = []): Check[] {
  const left = [...problems];
  const checks = RULES[kind]
    .filter(({ name }) => !omit.includes(name))
    .map(({ name, about }) => {
      const reasons = left.filter((problem) => about.test(problem));
      for (const reason of reasons) left.splice(left.indexOf(reason), 1);
      return { name, isPassed: reasons.length === 0, reasons };
    });
  const isUnreadable = checks[0]?.isPassed === false;
  if (!isUnreadable) return checks;
  return checks.map((check, i) => (i > 0 && check.isPassed ? { ...check, isPassed: undefined } : check));
}

/** The strings by which a problem can name a record. */
function namesOf(entry: Entry): readonly string[] {
  switch (entry.kind) {
    case 'anchor':
      return [`entry ${entry.sequence}`, ...(entry.data ? [entry.data.id] : [])];
    case 'delegation':
      return entry.data ? [entry.data.id] : ['a delegation cannot be read'];
    case 'chain':
      return entry.data ? [`chain of ${entry.data.agentId}`] : ['a chain cannot be read'];
    case 'authority':
      return entry.data ? [`authority ${entry.data.id}`] : ['an authority cannot be read'];
    case 'disclosure':
      return entry.data ? ['a disclosure does not'] : ['a disclosure cannot be read'];
  }
}

/** Sorts problems to the records that they name. @returns those that name none. */
export function assignProblems(
  entries: readonly Entry[],
  problems: readonly string[],
  isPinned: boolean,
): string[] {
  const unassigned: string[] = [];
  const found = new Map<Entry, string[]>();
  const invocations = new Map<string, Entry>();
  for (const entry of entries)
    if (entry.kind === 'anchor') {
      const id =
        entry.data && String((entry.data.context as { invocation_id?: unknown } | null)?.invocation_id ?? '');
      if (id) invocations.set(id, entry);
    }
  for (const problem of problems) {
    // A problem of a record that depends on another one is shown at both.
    const about = entries.filter((entry) => namesOf(entry).some((name) => mentions(problem, name)));
    for (const [id, entry] of invocations)
      if (mentions(problem, id) && !about.includes(entry)) about.push(entry);
    if (about.length === 0) unassigned.push(problem);
    for (const entry of about) found.set(entry, [...(found.get(entry) ?? []), problem]);
  }
  for (const entry of entries) {
    const checks = checksOf(entry.kind, found.get(entry) ?? [], isPinned ? [] : [TRUSTED]);
    const isDenial = entry.kind === 'anchor' && entry.data?.result === 'denied';
    entry.checks = isDenial
      ? checks.map((one) => (one.name === ALLOWED ? { ...one, name: DENIED } : one))
      : checks;
  }
  return unassigned;
}

/** Whether a problem contains a name, not as a part of a longer one. */
function mentions(problem: string, name: string): boolean {
  for (let at = problem.indexOf(name); at >= 0; at = problem.indexOf(name, at + 1)) {
    const after = problem[at + name.length];
    if (after === undefined || !/[\w-]/.test(after)) return true;
  }
  return false;
}
