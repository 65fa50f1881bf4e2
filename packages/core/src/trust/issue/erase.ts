import type { PersonalDataCount } from '../../store/index.js';
import { expectId } from '../../wire/index.js';
import type { Deployment } from '../deployment.js';
import { pseudonymOf } from '../persons.js';
import { commitStatements, statementSigner } from '../statements/append-statements.js';

/** The report of an erasure. All counts are 0 if nothing of the person was left. */
export interface ErasureReport extends PersonalDataCount {
  /** The pseudonym, which stays in records; without the person's id and the deployment's key it identifies no person. */
  readonly person: string;
}

/**
 * Removes a person's data and states that it was erased, in one commit. Records keep the pseudonym and digests, so that
 * every signature stays valid, and revocations of the person stay in force.
 */
export async function erase(deployment: Deployment, humanId: string): Promise<ErasureReport> {
  const person = await pseudonymOf(deployment, expectId(humanId, 'humanId'));
  const { store, statements } = deployment;
  await statements.refresh();
  let removed = await store.countPersonalData(person);
  const isNothingLeft = removed.disclosures === 0 && removed.runs === 0;
  if (isNothingLeft && statements.state.isErased(person)) return { person, ...removed };
  await commitStatements(deployment, async () => {
    removed = await store.countPersonalData(person);
    return {
      drafts: [{ kind: 'person_erased', body: { person } }],
      signer: await statementSigner(
        deployment,
        'state the erasure of a person',
        (authority) => !authority.revokedKeys.has(authority.publicKey),
      ),
      writes: [{ op: 'erase_person', person }],
    };
  });
  return { person, ...removed };
}
