import { createInterface } from 'node:readline/promises';
import type { ReadStream } from 'node:tty';
import { CliError } from '../errors.js';
import { clean } from '../output/clean.js';
import type { OutputStream } from '../output/terminal.js';

/** The input of a command. */
export type InputStream = NodeJS.ReadableStream & Partial<Pick<ReadStream, 'isTTY' | 'setRawMode'>>;

const INTERRUPT = '\u0003';
const END = '\u0004';

/** Asks for a secret at the terminal, without showing it. @throws CliError `ANSWER_REFUSED` if the person interrupts. */
export async function askSecret(stdin: InputStream, stderr: OutputStream, question: string): Promise<string> {
  stderr.write(`${question}: `);
  stdin.setRawMode?.(true);
  try {
    return await readHidden(stdin);
  } finally {
    stdin.setRawMode?.(false);
    stdin.pause();
    stderr.write('\n');
  }
}

function readHidden(stdin: InputStream): Promise<string> {
  return new Promise((resolve, reject) => {
    let secret = '';
    const finish = (end: () => void): void => {
      stdin.off('data', take);
      end();
    };
    const take = (chunk: Buffer | string): void => {
      for (const key of chunk.toString()) {
        if (key === '\r' || key === '\n') return finish(() => resolve(secret));
        if (key === INTERRUPT || key === END) return finish(() => reject(refused()));
        secret = key === '\u007f' || key === '\b' ? secret.slice(0, -1) : secret + key;
      }
    };
    stdin.on('data', take);
    stdin.resume();
  });
}

/** Asks a question that is answered with yes or no; anything but yes is no. */
export async function askYes(stdin: InputStream, stderr: OutputStream, question: string): Promise<boolean> {
  const lines = createInterface({ input: stdin, output: stderr as unknown as NodeJS.WritableStream });
  try {
    const answer = await lines.question(`${clean(question)} [y/N] `);
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    lines.close();
  }
}

/** Returns the error for a question that was not answered with yes. */
export const refused = (): CliError =>
  new CliError('ANSWER_REFUSED', 'The operation was not confirmed', {
    remedy: 'Nothing was done. Call the command again to do it.',
  });
