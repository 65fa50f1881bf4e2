import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { RECEIPT_FORMAT, ReceiptMalformedError } from '@kaizen-eatp/core/receipt';
import { viewerHtml } from '@kaizen-eatp/viewer';
import { CliError } from '../errors.js';
import { fields } from '../output/lines.js';
import type { Session } from '../session/session.js';
import type { Outcome } from '../spec/command-spec.js';
import type { Given } from '../spec/given.js';
import { readText } from './authority.js';
import { writeFile } from './export.js';

/** Writes the viewer with a receipt inside it into one file, which a browser shows without a network. */
export async function view(session: Session, given: Given): Promise<Outcome> {
  const path = given.argument(0);
  const text = readText(path).replace(/\r?\n$/, '');
  expectReceipt(text);
  const name = path === '-' ? 'receipt.json' : basename(path);
  const file = resolve(
    given.text('output') ?? join(mkdtempSync(join(tmpdir(), 'kaizen-eatp-')), `${name}.html`),
  );
  await writeFile(file, [viewerHtml({ receipt: { name, text } })]);
  const { href } = pathToFileURL(file);
  if (given.flag('open')) await open(session, href);
  return {
    result: { file, url: href, opened: given.flag('open') },
    lines: [
      'The receipt can be viewed.',
      ...fields([
        ['File', file],
        ['Address', href],
      ]),
    ],
  };
}

/** Whether a receipt is valid, the page says; what is none at all would only show an error there. @throws ReceiptMalformedError. */
function expectReceipt(text: string): void {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Reported below.
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new ReceiptMalformedError(RECEIPT_FORMAT, 'no JSON object');
}

/** Opens an address in the browser of the user. @throws CliError `FILE_NOT_USABLE`. */
function open({ env }: Session, address: string): Promise<void> {
  const [command, ...args] = OPENERS[process.platform] ?? ['xdg-open'];
  return new Promise((done, failed) => {
    const child = spawn(command as string, [...args, address], {
      env: env as NodeJS.ProcessEnv,
      stdio: 'ignore',
      detached: true,
    });
    child.once('error', (cause) =>
      failed(
        new CliError('FILE_NOT_USABLE', 'No browser could be started', {
          received: cause.message,
          remedy: `Open ${address} in a browser.`,
          cause,
        }),
      ),
    );
    child.once('spawn', () => {
      child.unref();
      done();
    });
  });
}

/** The command of each platform that opens an address; elsewhere it is `xdg-open`. None is a shell, which would obey an `&`. */
export const OPENERS: Partial<Record<NodeJS.Platform, readonly string[]>> = {
  darwin: ['open'],
  win32: ['rundll32', 'url.dll,FileProtocolHandler'],
};
