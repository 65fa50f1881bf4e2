import type { TrustStore } from '@kaizen-eatp/core/store';
import type { Requirement } from '../conformance/requirement.js';
import { seesEachWriteOfAnother } from './after-each-write.js';
import { carriesARun } from './carrying-a-run.js';
import { comparesUnderContention } from './contention.js';
import { crashesBetweenBatches, keepsWhatItAcknowledged } from './durability.js';
import { erasesDurableRuns, fencesDurableRuns, keepsDurableRuns } from './durable-runs.js';
import { keepsLongTexts, keepsManyRows } from './large.js';
import { keepsWatching } from './long-watching.js';
import { archivesDelegations, compactsItself, examinesItself, exportsAndImports } from './maintenance.js';
import { holdsRunsOnce, movesDurableRuns } from './moving-runs.js';
import { reopensInAnotherProcess } from './other-process.js';
import { listsDurableRuns } from './run-list.js';
import type { StoreTrial } from './store-trial.js';
import { seesTheOthers } from './watching.js';

const over = (check: (store: TrustStore) => Promise<void>) => (trial: StoreTrial) => trial.withStore(check);

/** The requirements on volume, contention and duration, and those that the abilities ask for. */
export const strainRequirements = [
  {
    id: 'STORE-COMPARES-EACH-TIME',
    demands:
      'Exactly one of many writers that replace the same version of a chain succeeds, in thousands of attempts.',
    fix: 'Put the version into the WHERE clause of the update, and refuse if no row was updated.',
    check: comparesUnderContention,
  },
  {
    id: 'STORE-MANY-ROWS',
    demands: 'More than a thousand records of each kind are read as completely as a few.',
    fix: 'Limit nothing that the caller did not limit, and return pages of the size that was asked for.',
    check: over(keepsManyRows),
  },
  {
    id: 'STORE-LONG-TEXTS',
    demands: 'A chain, a delegation and a trail entry of several megabytes come back byte for byte.',
    fix: 'Use a column type without a limit, and no buffer of a fixed size.',
    check: over(keepsLongTexts),
  },
  {
    id: 'STORE-WATCH-LASTS',
    demands: 'Several watchers of each instance receive every change once, for as long as they live.',
    fix: 'Keep every listener until its own function is called; renew whatever brings the events.',
    check: keepsWatching,
  },
  {
    id: 'STORE-CARRIES-A-RUN',
    demands: 'A run over the store ends well, and its trail verifies.',
    fix: 'See the error: the store differs from the contract where core uses it.',
    check: carriesARun,
  },
  {
    id: 'STORE-SEES-THE-OTHERS',
    demands: 'An instance reads the writes of another, and its watchers receive them within the bound.',
    fix: 'Keep no copy of what is stored without a way to learn that it has changed.',
    appliesTo: ({ abilities }) => abilities.shared,
    check: seesTheOthers,
  },
  {
    id: 'STORE-SEES-EACH-WRITE',
    demands:
      'After every kind of write, another instance reads the new state, though it has read the old one.',
    fix: 'Keep no chain, revocation or list in an instance, or ask the database whether it has changed.',
    appliesTo: ({ abilities }: StoreTrial) => abilities.shared,
    check: seesEachWriteOfAnother,
  },
  {
    id: 'STORE-ANOTHER-PROCESS',
    demands:
      'Another process reads what was written; after a process is killed, every acknowledged batch is there and none in part.',
    fix: 'Keep nothing in the process that the place does not have, and acknowledge only what is on the disk.',
    appliesTo: ({ abilities, module }: StoreTrial) => abilities.reopen && module !== undefined,
    check: reopensInAnotherProcess,
  },
  {
    id: 'STORE-KEEPS-ACKNOWLEDGED',
    demands: 'Acknowledged writes are there after a crash.',
    fix: 'Resolve `commit` only when the writes are on the disk.',
    appliesTo: ({ abilities }) => abilities.reopen,
    check: keepsWhatItAcknowledged,
  },
  {
    id: 'STORE-CRASH-LEAVES-WHOLE',
    demands: 'A crash leaves each batch whole or absent.',
    fix: 'Write a batch in one transaction of the database, or with a checksum that shows a torn write.',
    appliesTo: ({ abilities }) => abilities.reopen,
    check: crashesBetweenBatches,
  },
  {
    id: 'STORE-RUNS',
    demands:
      'Durable runs are kept with their steps in order, found by each criterion, and emptied on request.',
    fix: 'Keep the steps in the order of their records, and refuse a second outcome of a step with `STORE_CONFLICT`.',
    appliesTo: ({ abilities }: StoreTrial) => abilities.durableRuns,
    check: over(keepsDurableRuns),
  },
  {
    id: 'STORE-RUNS-STATES',
    demands:
      'Durable runs that wait are found and woken, cancellations are kept, and what has ended stays as it is.',
    fix: 'Wake only what waits or is withheld, keep the first cancellation, and refuse writes to what has ended.',
    appliesTo: ({ abilities }: StoreTrial) => abilities.durableRuns,
    check: over(movesDurableRuns),
  },
  {
    id: 'STORE-RUNS-HELD',
    demands:
      'One at a time has the right to execute the runs without an engine, or only an engine can execute them.',
    fix: 'Return undefined from `holdRuns` while another has the right, and give it again once it was given back.',
    appliesTo: ({ abilities }: StoreTrial) => abilities.durableRuns,
    check: holdsRunsOnce,
  },
  {
    id: 'STORE-RUNS-FENCED',
    demands:
      'The batch of a process that does not own a durable run any more is refused as a whole, and so is a claim by an earlier owner.',
    fix: 'Check the fence, and the order of `ordered/` tokens, in the transaction of the batch; refuse with `STORE_NOT_OWNER`.',
    appliesTo: ({ abilities }: StoreTrial) => abilities.durableRuns,
    check: fencesDurableRuns,
  },
  {
    id: 'STORE-RUNS-ERASED',
    demands:
      "An erasure removes the content of a person's durable runs and of those inside them, and ends those in progress.",
    fix: 'Delete steps, deliveries and sealed parts in the transaction of `erase_person`, and take no further steps.',
    appliesTo: ({ abilities }: StoreTrial) => abilities.durableRuns,
    check: over(erasesDurableRuns),
  },
  {
    id: 'STORE-RUNS-LISTED',
    demands:
      'Durable runs are in the list of runs from their submission on, each once and in its present state.',
    fix: 'Keep the marks of `durableRunEntry`, and change the state in the list in the transaction that changes the run.',
    appliesTo: ({ abilities }: StoreTrial) => abilities.durableRuns,
    check: over(listsDurableRuns),
  },
  {
    id: 'STORE-EXPORT',
    demands: 'An export goes into an empty store whole, as it was written, or not at all.',
    fix: 'Use `writeDump` and `readDump`, and import in one transaction.',
    appliesTo: ({ abilities }) => abilities.maintenance,
    check: exportsAndImports,
  },
  {
    id: 'STORE-ARCHIVE',
    demands: 'The archive takes what ended and nothing depends on, and its ids are never taken again.',
    fix: 'Archive only what has ended and nothing refers to, and keep the ids.',
    appliesTo: ({ abilities }) => abilities.maintenance,
    check: archivesDelegations,
  },
  {
    id: 'STORE-DOCTOR',
    demands: 'The doctor finds nothing in a store that was only used, and names what is wrong in any other.',
    fix: 'Use `examineRecords`, and name every record that cannot be read.',
    appliesTo: ({ abilities }) => abilities.maintenance,
    check: examinesItself,
  },
  {
    id: 'STORE-COMPACT',
    demands: 'Compacting removes nothing that is stored.',
    fix: 'Only rewrite files that hold deleted bytes.',
    appliesTo: ({ abilities }) => abilities.maintenance,
    check: compactsItself,
  },
] as const satisfies readonly Requirement<StoreTrial>[];
