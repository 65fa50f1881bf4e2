import type { ComponentChildren } from 'preact';
import type { Check, Entry } from '../model/records.js';
import { verdictOf } from '../model/records.js';

/** The marks of verdicts, each with its word for screen readers. */
export function Mark({ is }: { readonly is: boolean | undefined }) {
  const [mark, word, name] =
    is === true
      ? ['✓', 'passed', 'good']
      : is === false
        ? ['✗', 'failed', 'bad']
        : ['–', 'not checked', 'open'];
  return (
    <span class={`mark ${name}`}>
      <span aria-hidden="true">{mark}</span>
      <span class="hidden">{word}</span>
    </span>
  );
}

/** The verdict of a record. */
export const EntryMark = ({ entry }: { readonly entry: Entry }) => <Mark is={verdictOf(entry)} />;

/** A list of checks with their results. */
export function Checks({ checks, label }: { readonly checks: readonly Check[]; readonly label: string }) {
  if (checks.length === 0) return <p class="quiet">No checks yet.</p>;
  return (
    <ul class="checks" aria-label={label}>
      {checks.map((check) => (
        <li key={check.name} data-passed={String(check.isPassed)}>
          <Mark is={check.isPassed} /> {check.name}
          {check.reasons.map((reason) => (
            <div class="reason" key={reason}>
              {reason}
            </div>
          ))}
        </li>
      ))}
    </ul>
  );
}

/** A fact with its name. */
export const Fact = ({ name, children }: { readonly name: string; readonly children: ComponentChildren }) => (
  <div class="fact">
    <dt>{name}</dt>
    <dd>{children}</dd>
  </div>
);

/** A time, in the reader's own zone, with the signed text as its title. */
export function Time({ at }: { readonly at: string | null | undefined }) {
  if (!at) return <>–</>;
  const date = new Date(at);
  const isTime = !Number.isNaN(date.getTime());
  return (
    <time dateTime={isTime ? date.toISOString() : undefined}>
      {isTime ? date.toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'medium' }) : at}
    </time>
  );
}

/** The word of a result. */
export const Result = ({ is }: { readonly is: string }) => <span class={`result ${safeName(is)}`}>{is}</span>;

const NAMES = new Set([
  'success',
  'failure',
  'denied',
  'partial',
  'running',
  'waiting',
  'succeeded',
  'failed',
  'valid',
  'invalid',
  'open',
  'active',
  'revoked',
  'expired',
]);
/** Class names are ours, whatever a record says. */
export const safeName = (text: string): string => (NAMES.has(text) ? text : 'other');
