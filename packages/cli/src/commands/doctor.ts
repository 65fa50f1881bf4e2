import { counted, fields } from '../output/lines.js';
import { readCheckpointAt } from '../reading/checkpoints.js';
import type { Session } from '../session/session.js';
import type { Outcome } from '../spec/command-spec.js';
import type { Given } from '../spec/given.js';

/** Looks for damage in the store. */
export async function doctor(session: Session, given: Given): Promise<Outcome> {
  const store = await session.store();
  session.out.note('Reading the whole store …');
  const checkpoint = given.text('checkpoint');
  const report = await store.doctor({
    signatures: !given.isOff('signatures'),
    ...(checkpoint !== undefined && { checkpoint: readCheckpointAt(checkpoint) }),
  });
  const { healthy, findings, examined } = report;
  return {
    yes: healthy,
    result: report,
    lines: [
      healthy ? 'HEALTHY: nothing was found.' : `FAULTY: ${counted(findings.length, 'finding')}.`,
      ...findings.flatMap(({ code, subject, reason, remedy }) => [
        `  ${code} ${subject}: ${reason}`,
        `      ${remedy}`,
      ]),
      ...fields(
        Object.entries(examined).map(([kind, count]) => [kind, count.toLocaleString('en-US')] as const),
      ),
    ],
  };
}
