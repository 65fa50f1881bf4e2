import { fields } from '../output/lines.js';
import type { Session } from '../session/session.js';
import type { Outcome } from '../spec/command-spec.js';
import type { Given } from '../spec/given.js';

/** Erases the personal data of a person from the store. */
export async function human(session: Session, given: Given): Promise<Outcome> {
  const humanId = given.argument(0);
  await session.confirm(given, 'Erase the personal data of this person? It cannot be restored.');
  const report = await (await session.trust()).erase(humanId);
  const isCompacted = !given.isOff('compact');
  // A database keeps deleted bytes in its files until they are written anew.
  if (isCompacted) await (await session.store()).compact();
  return {
    result: {
      person: report.person,
      disclosures: report.disclosures,
      runs: report.runs,
      compacted: isCompacted,
    },
    lines: [
      'Personal data erased. Every signature stays valid.',
      ...fields([
        ['Pseudonym', report.person],
        ['Disclosures', report.disclosures],
        ['Contents of runs', report.runs],
        ['Files', isCompacted ? 'written anew' : 'still hold the deleted bytes'],
      ]),
      'Receipts, exports and backups that were made before still contain the data.',
    ],
  };
}
