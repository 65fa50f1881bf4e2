import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isEatpError, receiptOf } from '@kaizen-eatp/core';
import { type CheckpointSink, recordText } from '@kaizen-eatp/core/checkpoints';
import { viewerHtml } from '@kaizen-eatp/viewer';
import { CliError, notFound, usage } from '../errors.js';
import { counted, fields } from '../output/lines.js';
import { runSummaries } from '../reading/run-summaries.js';
import { rootsJson } from '../session/roots-file.js';
import type { Session } from '../session/session.js';
import type { Outcome } from '../spec/command-spec.js';
import { Given } from '../spec/given.js';
import { writeFile } from './export.js';

/** Writes the receipt of a run, or the evidence of a period. */
export async function exportReceipts(session: Session, given: Given): Promise<Outcome | boolean> {
  const [runId, period] = [given.optional(0), given.text('period')];
  if ((runId === undefined) === (period === undefined))
    throw usage('A receipt is exported for a run or a period', { expected: 'either a run or --period' });
  return runId === undefined
    ? exportPeriod(session, given, period as string)
    : exportRun(session, given, runId);
}

async function exportRun(session: Session, given: Given, runId: string): Promise<Outcome | boolean> {
  if (!(await (await session.store()).trailHead(runId)))
    throw notFound('run', runId, 'List the runs: kaizen-eatp run list');
  const { text, taskId } = await receiptOf(await session.trust(), runId);
  const output = given.text('output');
  if (output === undefined) {
    if (session.out.settings.json)
      return { result: { run_id: runId, task_id: taskId, receipt: text }, lines: [] };
    // Not a byte more than the receipt has: it is verified byte for byte.
    await session.out.raw(text);
    return true;
  }
  await writeFile(output, [text]);
  return {
    result: { run_id: runId, task_id: taskId, file: output },
    lines: [
      'Receipt exported.',
      ...fields([
        ['Run', runId],
        ['Task', taskId],
        ['File', output],
      ]),
    ],
  };
}

/** Writes a folder that an auditor verifies offline: receipts, keys, the viewer, and a page that explains them. */
async function exportPeriod(session: Session, given: Given, period: string): Promise<Outcome> {
  const folder = given.text('output');
  if (folder === undefined) throw usage('`--period` needs a folder', { expected: '--output FOLDER' });
  const [from, to] = periodOf(period);
  makeFolder(folder);
  const trust = await session.trust();
  const runs = (await runSummaries(await session.store())).filter(
    ({ startedAt, state }) => state !== 'running' && startedAt !== null && isWithin(startedAt, from, to),
  );
  const files: { file: string; sha256: string; run_id?: string }[] = [];
  const put = (file: string, text: string, runId?: string): void => {
    writeFileSync(join(folder, file), text, { mode: 0o600, flag: 'wx' });
    const sha256 = createHash('sha256').update(text).digest('hex');
    files.push({ file, sha256, ...(runId !== undefined && { run_id: runId }) });
  };
  const missing: { run_id: string; code: string; reason: string }[] = [];
  for (const [i, { runId }] of runs.entries()) {
    session.out.progress('Receipts written:', i, runs.length);
    try {
      put(`receipts/${fileName(runId)}`, (await receiptOf(trust, runId)).text, runId);
    } catch (error) {
      if (!isEatpError(error)) throw error;
      missing.push({ run_id: runId, code: error.code, reason: error.summary });
    }
  }
  put('authorities.json', `${JSON.stringify(rootsJson(session.roots()), null, 2)}\n`);
  const checkpoint = await checkpointOf(session);
  if (checkpoint !== undefined) put('checkpoint.jsonl', checkpoint);
  put('viewer.html', viewerHtml());
  put(
    'README.txt',
    explanation(from, to, files.filter(({ run_id }) => run_id !== undefined).length, missing.length),
  );
  const manifest = {
    format: 'kaizen-eatp-evidence/1',
    from: from.toISOString(),
    to: to.toISOString(),
    files,
    missing,
  };
  writeFileSync(join(folder, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`, {
    mode: 0o600,
    flag: 'wx',
  });
  return {
    yes: missing.length === 0,
    result: { folder, ...manifest },
    lines: [
      `Exported ${counted(runs.length - missing.length, 'receipt')} to ${folder}.`,
      ...missing.map(({ run_id, code, reason }) => `  left out: ${run_id}: ${code}: ${reason}`),
    ],
  };
}

/** The whole log with its newest checkpoint; undefined without an authority that signs for the deployment. */
async function checkpointOf(session: Session): Promise<string | undefined> {
  if (session.settings().recorder === undefined) return undefined;
  let line = '';
  // Asked for the log from its beginning, so that the file alone shows what the store held.
  const whole: CheckpointSink = {
    size: async () => 0,
    write: async (record) => {
      line = `${recordText(record)}\n`;
      return undefined;
    },
  };
  await (await session.trust()).checkpoint({ sinks: [whole] });
  return line;
}

/** Reads `FROM..TO`, or `FROM` alone. @throws CliError `COMMAND_USAGE`. */
function periodOf(period: string): [Date, Date] {
  const [from = '', to] = period.split('..', 2);
  const given = new Given([], { period: from, ...(to && { until: to }) });
  return [given.moment('period', Date.now()) as Date, given.moment('until', Date.now()) ?? new Date()];
}

const isWithin = (moment: string, from: Date, to: Date): boolean => {
  const at = Date.parse(moment);
  return at >= from.getTime() && at < to.getTime();
};

function makeFolder(folder: string): void {
  try {
    if (existsSync(folder) && readdirSync(folder).length > 0) throw new Error('it is not empty');
    mkdirSync(join(folder, 'receipts'), { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new CliError('FILE_NOT_USABLE', `The folder ${folder} cannot be written`, {
      expected: 'a new or an empty folder',
      received: (cause as Error).message,
      remedy: 'Name another folder: nothing is overwritten.',
      cause,
    });
  }
}

/** An id can hold what no file name can. */
const fileName = (runId: string): string =>
  /^[\w.-]{1,100}$/.test(runId)
    ? `${runId}.json`
    : `${createHash('sha256').update(runId).digest('hex')}.json`;

const explanation = (
  from: Date,
  to: Date,
  receipts: number,
  missing: number,
): string => `Evidence of Kaizen EATP

This folder holds the receipts of ${counted(receipts, 'run')} that began from ${from.toISOString()} until ${to.toISOString()}.${missing > 0 ? `\n${counted(missing, 'run')} of the period could not be proven: see "missing" in manifest.json.` : ''}

  receipts/         one receipt for each run: its records, delegations, chains and keys, signed
  authorities.json  the public keys of the authorities that the deployment believes
  checkpoint.jsonl  a signed checkpoint of all records of the store, by which missing and changed ones can be noticed
  viewer.html       a page that shows and verifies a receipt, without a network
  manifest.json     the SHA-256 of every file

To verify a receipt, compare the keys in authorities.json with those that the authorities themselves publish, since a
forger could have written this file. Then run, without a network:

  kaizen-eatp receipt verify receipts/RUN.json --authorities authorities.json

or open viewer.html in a browser and drop the receipt on the page.

To see whether records were removed or changed since, the owner of the store compares it with the checkpoint:

  kaizen-eatp checkpoint verify checkpoint.jsonl

A valid receipt proves what the agents of the run did, in which order, and by whose authority. It does not prove that
no other run took place; the checkpoint names every run that the store had.
`;
