import { buildProgram, findCommand } from '../program.js';
import type { Session } from '../session/session.js';
import type { Catalogue, Outcome } from '../spec/command-spec.js';
import type { Given } from '../spec/given.js';

/** Shows the help of a command, or its manual page. */
export async function help(session: Session, given: Given, catalogue: Catalogue): Promise<Outcome | boolean> {
  const words = given.rest(0);
  const silent = { out: () => undefined, err: () => undefined };
  const node = findCommand(
    buildProgram(catalogue, silent, async () => undefined),
    words,
  );
  if (given.flag('man')) {
    const { manualOf } = await import('../manual/manual.js');
    const text = manualOf(words.join(' '), catalogue);
    if (session.out.settings.json) return { result: { manual: text }, lines: [] };
    await session.out.raw(text);
    return true;
  }
  const text = node.helpInformation();
  if (session.out.settings.json) return { result: { help: text }, lines: [] };
  node.configureOutput({ writeOut: (part) => void session.out.stdout.write(part) }).outputHelp();
  return true;
}
