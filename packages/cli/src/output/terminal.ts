import { styleText } from 'node:util';
import type { EatpError } from '@kaizen-eatp/core';
import { clean } from './clean.js';
import { remedyFor } from './remedies.js';

/** A stream that a command writes to. */
export interface OutputStream {
  /** Writes a string. @returns whether more can be written without waiting for `drain`. */
  write(text: string): boolean;
  /** Calls a listener at the next event of a kind. */
  once(event: 'drain' | 'close' | 'error', listener: () => void): unknown;
  /** Removes a listener. */
  off(event: 'drain' | 'close' | 'error', listener: () => void): unknown;
  /** Whether the stream is a terminal. */
  readonly isTTY?: boolean | undefined;
}

/** How the output is printed. */
export interface TerminalSettings {
  /** Whether results and errors are printed as JSON. */
  readonly json: boolean;
  /** Whether colours are used where the stream is a terminal. */
  readonly colour: boolean;
  /** Whether progress is left out. */
  readonly quiet: boolean;
  /** Whether the causes and the stack of an error are printed. */
  readonly verbose: boolean;
}

type Style = 'bold' | 'green' | 'red' | 'yellow' | 'dim';

/** Prints results on standard output, and progress and errors on standard error. */
export class Terminal {
  #isClosed = false;
  #progress = false;

  constructor(
    readonly stdout: OutputStream,
    readonly stderr: OutputStream,
    readonly settings: TerminalSettings,
  ) {}

  /** Whether the reader of standard output has gone, so that nothing more needs to be printed. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Notes that the reader of standard output has gone, as `head` does after its last line. */
  closed(): void {
    this.#isClosed = true;
  }

  /** Writes text to standard output as it is, and waits while its reader is slower. */
  async raw(text: string): Promise<void> {
    if (this.#isClosed) return;
    this.clearProgress();
    if (this.stdout.write(text)) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        for (const event of ['drain', 'close', 'error'] as const) this.stdout.off(event, done);
        resolve();
      };
      for (const event of ['drain', 'close', 'error'] as const) this.stdout.once(event, done);
    });
  }

  /** Prints a line of a result for people. */
  async line(text: string): Promise<void> {
    await this.raw(`${this.#coloured(clean(text))}\n`);
  }

  /** Prints a result as JSON. */
  async json(result: unknown): Promise<void> {
    await this.raw(`${JSON.stringify({ ok: true, result }, null, 2)}\n`);
  }

  /** Prints a note for people on standard error. */
  note(text: string): void {
    if (this.settings.quiet || this.settings.json) return;
    this.clearProgress();
    this.stderr.write(`${clean(text)}\n`);
  }

  /** Shows how far an operation is, on a terminal only. @param total - undefined if it is not known. */
  progress(what: string, done: number, total?: number): void {
    if (this.settings.quiet || this.settings.json || !this.stderr.isTTY) return;
    const share = total ? Math.min(1, done / total) : undefined;
    const filled = Math.round((share ?? 0) * 20);
    const bar = share === undefined ? '' : `[${'#'.repeat(filled)}${'.'.repeat(20 - filled)}] `;
    this.stderr.write(
      `\r\x1b[K${bar}${clean(what)} ${done.toLocaleString('en-US')}${total ? ` of ${total}` : ''}`,
    );
    this.#progress = true;
  }

  /** Removes the progress from the terminal. */
  clearProgress(): void {
    if (this.#progress) this.stderr.write('\r\x1b[K');
    this.#progress = false;
  }

  /** Prints an error: as JSON on standard output, or for people on standard error. @param command - the one that was called. */
  async error(error: EatpError, command?: string): Promise<void> {
    this.clearProgress();
    const remedy = remedyFor(error, command);
    const message = error.message.replace(error.remedy, () => remedy);
    if (this.settings.json) {
      const { name: _, ...facts } = error.toJSON();
      const content = { ...facts, message, remedy };
      await this.raw(`${JSON.stringify({ ok: false, error: content }, null, 2)}\n`);
      return;
    }
    const text = message.split('\n').map(clean);
    const label = this.#style('red', `Error ${clean(error.code)}:`, this.stderr);
    this.stderr.write(`${label} ${text.join('\n')}\n`);
    if (this.settings.verbose) this.stderr.write(`${describeCauses(error)}\n`);
  }

  /** The first word of a line shows the verdict. */
  #coloured(line: string): string {
    const [, space = '', word = '', rest = ''] = /^(\s*)(\S+)(.*)$/s.exec(line) ?? [];
    const style = VERDICTS[word.replace(/[:.]$/, '')];
    return style ? `${space}${this.#style(style, word, this.stdout)}${rest}` : line;
  }

  #style(style: Style, text: string, stream: OutputStream): string {
    if (!this.settings.colour || !stream.isTTY) return text;
    return styleText(style, text, { validateStream: false });
  }
}

const VERDICTS: Readonly<Record<string, Style>> = {
  VERIFIED: 'green',
  VALID: 'green',
  HEALTHY: 'green',
  CONSISTENT: 'yellow',
  OPEN: 'yellow',
  DENIED: 'red',
  INVALID: 'red',
  BROKEN: 'red',
  FAULTY: 'red',
  FAILED: 'red',
};

function describeCauses(error: unknown): string {
  const lines: string[] = [];
  for (let at: unknown = error; at instanceof Error && lines.length < 200; at = at.cause)
    lines.push(...(at.stack ?? at.message).split('\n').map(clean));
  return lines.join('\n');
}
