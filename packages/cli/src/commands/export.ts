import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { parseJson } from '@kaizen-eatp/core/records';
import { CliError, usage } from '../errors.js';
import { fields } from '../output/lines.js';
import type { Session } from '../session/session.js';
import type { Outcome } from '../spec/command-spec.js';
import type { Given } from '../spec/given.js';

/** Exports the store, a chain, or a folder for the reference. */
export async function exportRecords(session: Session, given: Given): Promise<Outcome | boolean> {
  const [agentId, folder] = [given.optional(0), given.text('toEatp')];
  if (folder !== undefined) {
    if (agentId !== undefined || given.text('output') !== undefined)
      throw usage('--to-eatp exports all agents into a folder', { remedy: 'Omit the agent and --output.' });
    return (await import('../eatp/write-folder.js')).writeFolder(session, folder);
  }
  if (agentId === undefined && given.text('task') !== undefined)
    throw usage('`--task` needs an agent', { remedy: 'Name the agent, or omit --task.' });
  return agentId === undefined ? exportStore(session, given) : exportChain(session, given, agentId);
}

async function exportChain(session: Session, given: Given, agentId: string): Promise<Outcome | boolean> {
  const task = given.text('task');
  const output = given.text('output');
  const text = await (await session.trust()).exportChain(agentId, task === undefined ? {} : { taskId: task });
  if (output !== undefined) {
    await writeFile(output, [`${text}\n`]);
    return { result: { agent_id: agentId, file: output }, lines: [`Exported ${agentId} to ${output}.`] };
  }
  if (session.out.settings.json) return { result: parseJson(text, 'chain'), lines: [] };
  await session.out.raw(`${text}\n`);
  return true;
}

async function exportStore(session: Session, given: Given): Promise<Outcome | boolean> {
  const store = await session.store();
  const output = given.text('output');
  if (output === undefined && session.out.settings.json)
    throw usage('The export itself is not one JSON value', { remedy: 'Pass --output FILE with --json.' });
  let lines = 0;
  const read = async function* (): AsyncGenerator<string> {
    for await (const line of store.exportJsonLines()) {
      lines += 1;
      if (lines % 1_000 === 0) session.out.progress('Lines written:', lines);
      yield line;
    }
  };
  if (output === undefined) {
    for await (const line of read()) {
      if (session.out.isClosed) return true;
      await session.out.raw(line);
    }
    return true;
  }
  await writeFile(output, read());
  return {
    result: { file: output, lines },
    lines: [
      'Store exported.',
      ...fields([
        ['File', output],
        ['Lines', lines],
      ]),
    ],
  };
}

/** Writes a new file with mode 600. An incomplete one is removed. @throws CliError `FILE_NOT_USABLE`. */
export async function writeFile(
  path: string,
  content: Iterable<string> | AsyncIterable<string>,
): Promise<void> {
  let isOurs = false;
  try {
    const file = createWriteStream(path, { mode: 0o600, flags: 'wx' });
    file.on('open', () => {
      isOurs = true;
    });
    await pipeline(content, file);
  } catch (cause) {
    if (isOurs) await rm(path, { force: true });
    if ((cause as NodeJS.ErrnoException).syscall === undefined) throw cause;
    throw new CliError('FILE_NOT_USABLE', `The file ${path} cannot be written`, {
      received: (cause as NodeJS.ErrnoException).code ?? 'an error',
      remedy: 'Name a new file in a folder that you can write to: no file is overwritten.',
      cause,
    });
  }
}
