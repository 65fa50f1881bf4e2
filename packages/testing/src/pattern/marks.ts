import { randomBytes } from 'node:crypto';

/** Texts that occur nowhere else, by which the suite recognises where data of a run arrives. */
export interface RunMarks {
  /** Is in the input. */
  readonly input: string;
  /** Is in the person on whose behalf the run acts. */
  readonly person: string;
  /** Is in every default answer of the agents of the tenant. */
  readonly tenant: string;
}

/** Makes a mark: always of the same length, so that results differ in nothing else. */
export const newMark = (kind: 'input' | 'person' | 'tenant'): string =>
  `mark-${kind}-${randomBytes(6).toString('hex')}`;

/** Replaces the marks of a run in a string, so that runs with different marks can be compared. */
export function withoutMarks(text: string, { input, person, tenant }: RunMarks): string {
  return text.replaceAll(input, '<input>').replaceAll(person, '<person>').replaceAll(tenant, '<tenant>');
}
