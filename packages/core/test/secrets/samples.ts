import { readFileSync } from 'node:fs';

/** A secret in a form that programs use. The Python half's tests read the same file. */
export interface Sample {
  readonly form: string;
  /** The secret, in parts, so that no scanner takes this file for a leak. */
  readonly parts: readonly string[];
  /** The parts of it that must not be seen. */
  readonly secret: readonly string[];
}

export const samples: readonly Sample[] = JSON.parse(
  readFileSync(new URL('./samples.json', import.meta.url), 'utf8'),
);

/** Splits a string in the middle of what is secret in it. */
function split(text: string, secret: string): string {
  const middle = text.indexOf(secret) + Math.floor(secret.length / 2);
  return `${text.slice(0, middle)}\n  ${text.slice(middle)}`;
}

/** The places in which a secret is met, as strings. */
export const PLACES: Readonly<Record<string, (secret: string, sample: Sample) => string>> = {
  bare: (secret) => `the call with ${secret} failed`,
  'in JSON': (secret) => JSON.stringify({ status: 401, client: { value: secret }, retry: false }),
  'in a URL': (secret) => `GET https://api.example/v1/items?page=2&key=${encodeURIComponent(secret)}&limit=3`,
  'in an error message': (secret) =>
    `Error: request failed with status 401: invalid credentials: '${secret}'.`,
  'split by a newline': (secret, sample) => split(secret, sample.secret[0] as string),
};

/** Whether a string shows what is secret in a sample, in one piece or in pieces of more than 8 characters. */
export function shows(text: string, { secret }: Sample): boolean {
  return secret.some((part) => {
    const middle = Math.floor(part.length / 2);
    const halves = part.length >= 20 ? [part.slice(0, middle), part.slice(middle)] : [];
    return [part, encodeURIComponent(part), ...halves].some((piece) => text.includes(piece));
  });
}
