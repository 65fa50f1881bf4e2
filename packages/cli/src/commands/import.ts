import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { CliError, usage } from '../errors.js';
import { fields } from '../output/lines.js';
import type { Session } from '../session/session.js';
import type { Outcome } from '../spec/command-spec.js';
import type { Given } from '../spec/given.js';

/** Imports an export, or a folder of the reference. */
export async function importRecords(session: Session, given: Given): Promise<Outcome> {
  const [file, folder] = [given.optional(0), given.text('fromEatp')];
  if ((file === undefined) === (folder === undefined))
    throw usage('An import reads one source', { expected: 'either a file or --from-eatp FOLDER' });
  if (folder !== undefined)
    return (await import('../eatp/import-folder.js')).importFolder(session, given, folder);
  const inapplicable = ['withKeys', 'skipRefused', 'dryRun'].find((name) => given.flag(name));
  if (inapplicable !== undefined)
    throw usage('--with-keys, --skip-refused and --dry-run belong to --from-eatp', { remedy: 'Omit them.' });
  return importExport(session, file as string);
}

async function importExport(session: Session, file: string): Promise<Outcome> {
  const input: NodeJS.ReadableStream = file === '-' ? session.stdin : createReadStream(file);
  const failed = new Promise<never>((_, reject) => {
    input.once('error', (cause: Error) =>
      reject(
        new CliError('FILE_NOT_FOUND', `The file ${file} cannot be read`, {
          remedy: 'Correct the path.',
          cause,
        }),
      ),
    );
  });
  failed.catch(() => undefined);
  const store = await session.store(true);
  let lines = 0;
  const read = async function* (): AsyncGenerator<string> {
    for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
      lines += 1;
      if (lines % 1_000 === 0) session.out.progress('Lines read:', lines);
      yield line;
    }
  };
  const report = await Promise.race([store.importJsonLines(read()), failed]);
  session.out.note('An export has neither private keys nor pinned authorities.');
  session.out.note(`They are read from ${session.spec.keys}: copy the folder of the old store there,`);
  session.out.note('or name it in each call with --keys FOLDER.');
  return {
    result: { imported: report, lines },
    lines: ['Export imported.', ...fields(Object.entries(report).filter(([, count]) => count > 0))],
  };
}
