import type { ReadRequest, ReadResult, StoredChain, TrustStore } from '../../store/index.js';
import type { StatementLog } from './statement-log.js';

/** Where the answers come from, and what they are judged by. */
interface Judge {
  readonly store: TrustStore;
  readonly statements: StatementLog;
  inForce(stored: StoredChain | undefined): StoredChain | undefined;
}

/** An answer of the store that is not older than the statements by which its chains were judged. */
export interface FoundInForce extends ReadResult {
  /** The chains as they are stored, in the order of the request. */
  readonly rows: readonly (StoredChain | undefined)[];
}

/** Each answer that is older than the known statements means that another statement came in while it was on its way. */
const MAX_READS = 20;

/**
 * Reads records, and returns the chains as they count. An answer can be older than the statements that this process knows
 * by the time it arrives: a chain in it that was replaced in between would look as if it had been revoked, and an agent
 * that may act would be denied. Such an answer is asked for again; a chain that a statement ended and that is still there
 * in an answer which is not older stays ended.
 *
 * @param request - what is read; the head of the statements is always read with it.
 * @throws StatementsError `STORE_ROLLED_BACK`, `STATEMENTS_INVALID`.
 */
export function readInForce(
  judge: Judge,
  request: Omit<ReadRequest, 'statementsHead'>,
  reads = 1,
): Promise<FoundInForce> {
  const { statements, store } = judge;
  const counted = (found: ReadResult): FoundInForce | Promise<FoundInForce> => {
    const rows = found.chains;
    const chains = new Array<StoredChain | undefined>(rows.length);
    let areAsStored = true;
    for (let i = 0; i < rows.length; i++) {
      chains[i] = judge.inForce(rows[i]);
      if (chains[i] !== rows[i]) areAsStored = false;
    }
    const isOld = !areAsStored && found.statementsHead?.hash !== statements.head?.hash;
    return isOld && reads < MAX_READS ? readInForce(judge, request, reads + 1) : { ...found, chains, rows };
  };
  return store.read({ ...request, statementsHead: true }).then((found) => {
    const behind = statements.follow(found.statementsHead);
    return behind ? behind.then(() => counted(found)) : counted(found);
  });
}
