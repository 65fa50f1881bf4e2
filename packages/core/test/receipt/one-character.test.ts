import { verifyReceipt } from '@kaizen-eatp/core/receipt';
import { beforeAll, describe, expect, it } from 'vitest';
import { issued } from './receipts.js';

const SAMPLE = 2000;
const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

let text: string;

beforeAll(async () => {
  text = (await issued()).receipt.text;
});

/** Whether the change is noticed, in either of the two ways. */
async function isNoticed(changed: string): Promise<boolean> {
  try {
    return (await verifyReceipt(changed)).verdict === 'invalid';
  } catch (error) {
    return (error as { code?: string }).code === 'RECEIPT_MALFORMED';
  }
}

const replaced = (at: number, by: string): string => text.slice(0, at) + by + text.slice(at + 1);

/** A character of the same kind, so that the text stays as well-formed as it can. */
function otherThan(character: string): string {
  if (/[0-8]/.test(character)) return String(Number(character) + 1);
  if (/[a-y]/i.test(character)) return String.fromCharCode(character.charCodeAt(0) + 1);
  return character === 'x' ? 'y' : 'x';
}

/** Where the receipt's own structure is: brackets, commas, colons and quotation marks outside the records. */
function structure(): number[] {
  const positions: number[] = [];
  let isText = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at] as string;
    if (isText && character === '\\') at += 1;
    else if (character === '"') {
      isText = !isText;
      positions.push(at);
    } else if (!isText) positions.push(at);
  }
  return positions;
}

describe('no character of a receipt can be changed unnoticed', () => {
  it(`at ${SAMPLE} places, evenly`, async () => {
    const missed: number[] = [];
    const step = Math.max(1, text.length / SAMPLE);
    for (let i = 0; i < SAMPLE && i * step < text.length; i++) {
      const at = Math.floor(i * step);
      if (!(await isNoticed(replaced(at, otherThan(text[at] as string))))) missed.push(at);
    }
    expect(missed).toEqual([]);
    expect(text.length).toBeGreaterThan(SAMPLE);
  });

  it('at every place of its structure, changed, left out or doubled', async () => {
    const missed: string[] = [];
    for (const at of structure()) {
      const character = text[at] as string;
      for (const by of [' ', '', character + character, character === '"' ? "'" : '"']) {
        if (!(await isNoticed(replaced(at, by)))) missed.push(`${at}: ${character} → ${by}`);
      }
    }
    expect(missed).toEqual([]);
    expect(structure().length).toBeGreaterThan(50);
  });

  it('in its signature, where several letters stand for the same bytes', async () => {
    const end = text.indexOf('==', text.indexOf('"signature":'));
    const last = text[end - 1] as string;
    expect(BASE64).toContain(last);
    const missed: string[] = [];
    for (const by of BASE64.replace(last, '')) if (!(await isNoticed(replaced(end - 1, by)))) missed.push(by);
    for (const by of ['', '=', ' ', '-', '_'])
      if (!(await isNoticed(replaced(end + 1, by === '=' ? '==' : by)))) missed.push(by);
    expect(missed).toEqual([]);
  });
});
