import { counted, fields } from '../output/lines.js';
import { impactOfHuman, UNKNOWN_PERSON } from '../reading/impact.js';
import type { Session } from '../session/session.js';
import type { Outcome } from '../spec/command-spec.js';
import type { Given } from '../spec/given.js';

/** Removes the data of a person, and on request its bytes from the files of the store. */
export async function human(session: Session, given: Given): Promise<Outcome> {
  const humanId = given.argument(0);
  const trust = await session.trust();
  await session.confirm(given, 'Erase the data of the person? It cannot be undone.');
  // Before the disclosures, by which a person is found, are gone.
  const { isKnown = false } = await impactOfHuman(await session.store(), humanId);
  const { person, disclosures, runs } = await trust.erase(humanId);
  const isUnknown = !isKnown && disclosures + runs === 0;
  const compacted = given.flag('compact') ? await (await session.store()).compact() : undefined;
  return {
    result: {
      person,
      status: 'erased',
      known: !isUnknown,
      disclosures,
      runs,
      ...(compacted && { bytes_before: compacted.bytesBefore, bytes_after: compacted.bytesAfter }),
    },
    lines: [
      ...(isUnknown ? [UNKNOWN_PERSON] : []),
      `Erased: ${counted(disclosures, 'disclosure')}, and the content of ${counted(runs, 'durable run')}.`,
      ...fields([
        ['Pseudonym', person],
        ...(compacted
          ? [['Size', `${compacted.bytesBefore} to ${compacted.bytesAfter} bytes`] as const]
          : [
              [
                'Left',
                'deleted bytes in the files of the store, until they are compacted (--compact)',
              ] as const,
            ]),
      ]),
    ],
  };
}
