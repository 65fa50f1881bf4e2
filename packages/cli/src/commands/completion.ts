import { type Shell, scriptFor } from '../completion/scripts.js';
import type { Session } from '../session/session.js';
import type { Outcome } from '../spec/command-spec.js';
import type { Given } from '../spec/given.js';

/** Prints the completion script of a shell. */
export async function completion(session: Session, given: Given): Promise<Outcome | boolean> {
  const script = scriptFor(given.argument(0) as Shell);
  if (session.out.settings.json) return { result: { shell: given.argument(0), script }, lines: [] };
  await session.out.raw(script);
  return true;
}
