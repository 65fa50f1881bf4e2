import { type AuditAnchor, auditAnchorCodec, type RunUsage } from '../../chain/index.js';
import { DurableRunError } from '../../errors/index.js';
import type { Receipt } from '../../receipt/index.js';
import { issueReceipt } from '../../receipt/issue-receipt.js';
import {
  type DurableRunState,
  ENDED_STATES,
  type RunJournalRecords,
  type StoredRun,
  type StoreWrite,
} from '../../store/index.js';
import { usageOfRun } from '../../trust/audit/usage-of-run.js';
import type { Deployment } from '../../trust/deployment.js';
import { expectId, parseOptions } from '../../wire/index.js';
import { acceptAnswer, type OpenApproval, openApprovals } from '../approvals/answer.js';
import { parseSignedApproval, type SignedApproval } from '../approvals/sign-approval.js';
import { sealOf } from '../journal/seal.js';
import { settleOutcome } from '../journal/step-outcome.js';
import { outermostRun } from '../outermost-run.js';
import { cancelOptions } from './durable-options.js';
import type { RunEngine } from './run-engine.js';
import { newsOfRun } from './run-news.js';

/** How often the store is asked for news of a run, in milliseconds. */
const LOOK = 100;

/** The state of a durable run. */
export interface DurableRunStatus {
  /** The run's id. */
  readonly runId: string;
  /** The name of the pattern. */
  readonly pattern: string;
  /** The state. */
  readonly state: DurableRunState;
  /** Why the run is in this state; absent if there is nothing to say. */
  readonly note?: string;
  /** When the run continues by itself; absent if it does not wait for a time. */
  readonly wakeAt?: string;
  /** When it was submitted. A timestamp in UTC. */
  readonly submittedAt: string;
  /** When the state last changed. A timestamp in UTC. */
  readonly updatedAt: string;
}

/** An event of a durable run: an anchor that was stored in its trail. */
export interface DurableRunEvent {
  /** The place of the anchor in the trail, from 1. */
  readonly sequence: number;
  /** The signed anchor. */
  readonly anchor: AuditAnchor;
}

/** Names the person or system that cancels a run, and the reason. */
export interface CancelOptions {
  /** The person or system that cancels it. The trail records it. */
  readonly by: string;
  /** Why. Default: no reason. */
  readonly reason?: string;
}

/** Where a durable run is. */
export interface DurableRunPlace {
  /** The deployment. */
  readonly deployment: Deployment;
  /** The engine, so that the run continues at once and not only when a worker looks for it. */
  readonly engine: RunEngine;
}

/** A durable run, which any process that shares its store can watch and control. */
export class DurableRun<T = unknown> {
  /** The run's id, and that of its trail. */
  readonly runId: string;
  readonly #deployment: Deployment;
  readonly #engine: RunEngine;

  /** @internal */
  constructor({ deployment, engine }: DurableRunPlace, runId: string) {
    this.runId = expectId(runId, 'runId');
    this.#deployment = deployment;
    this.#engine = engine;
  }

  /** Returns the state of the run. @throws DurableRunError `RUN_NOT_FOUND`, StoreError. */
  async status(): Promise<DurableRunStatus> {
    const { runId, pattern, state, note, wakeAt, submittedAt, updatedAt } = await this.#read();
    return {
      ...{ runId, pattern, state, submittedAt, updatedAt },
      ...(note !== null && { note }),
      ...(wakeAt !== null && { wakeAt }),
    };
  }

  /**
   * Yields the anchors of the run's trail as they are stored, until the run has ended.
   *
   * @param after - the place of the last anchor that the caller knows. Default: 0, so that all are yielded.
   * @throws DurableRunError `RUN_NOT_FOUND`, StoreError.
   */
  async *events(after = 0): AsyncGenerator<DurableRunEvent, void, undefined> {
    for (let afterSequence = after; ; ) {
      const hasEnded = ENDED_STATES.includes((await this.#read()).state);
      for (const { sequence, text } of await this.#deployment.store.readTrail(this.runId, {
        afterSequence,
      })) {
        afterSequence = sequence;
        yield { sequence, anchor: auditAnchorCodec.decodeText(text) };
      }
      if (hasEnded) return;
      await this.#news();
    }
  }

  /**
   * Waits for the end of the run and returns its result.
   *
   * @throws the error that ended the run; DurableRunError `RUN_NOT_FOUND` for an unknown run, and for a result that is no longer kept;
   * StoreError; KeyError.
   */
  async result(): Promise<T> {
    for (;;) {
      const run = await this.#read();
      if (ENDED_STATES.includes(run.state)) return this.#resultOf(run) as Promise<T>;
      await this.#news();
    }
  }

  /**
   * Requests that the run be cancelled. Its end is recorded, with who asked for it.
   *
   * @throws InvalidArgumentError, DurableRunError `RUN_NOT_FOUND`, StoreError.
   */
  async cancel(options: CancelOptions): Promise<void> {
    const cancel = JSON.stringify(parseOptions(cancelOptions, options, 'cancel()'));
    const run = await this.#read();
    await this.#wake(run, [{ op: 'cancel_run', runId: run.runId, cancel }]);
  }

  /**
   * Makes the receipt of the run for a third party, from the store. See `receiptOf`.
   *
   * @throws DurableRunError `RUN_NOT_FOUND`, StoreError if nothing is recorded yet.
   */
  async receipt(): Promise<Receipt> {
    await this.#read();
    return issueReceipt(this.#deployment, this.runId);
  }

  /**
   * Adds up what the agents of the run, and of the runs inside it, reported that they used, from the outcomes that are stored so far.
   *
   * @throws DurableRunError `RUN_NOT_FOUND`, MalformedRecordError, StoreError.
   */
  async usage(): Promise<RunUsage> {
    await this.#read();
    return usageOfRun(this.#deployment.store, this.runId);
  }

  /** Lists the approval requests that wait for answers. @throws DurableRunError `RUN_NOT_FOUND`, StoreError, KeyError. */
  async approvals(): Promise<OpenApproval[]> {
    return openApprovals(this.#deployment, await this.#journal());
  }

  /**
   * Gives an approver's signed answer to a request of the run. It counts once.
   *
   * @throws DurableRunError `APPROVAL_REFUSED`, which is recorded; `RUN_NOT_FOUND`; InvalidArgumentError, StoreError.
   */
  async answer(answer: SignedApproval): Promise<void> {
    const journal = await this.#journal();
    await acceptAnswer(this.#deployment, journal, parseSignedApproval(answer));
    await this.#engine.enqueue(await outermostRun(this.#deployment.store, journal.run));
  }

  /** Continues a run that is withheld or waits. @throws DurableRunError `RUN_NOT_FOUND`, StoreError. */
  async resume(): Promise<void> {
    await this.#wake(await this.#read(), []);
  }

  #news(): Promise<void> {
    return newsOfRun(this.#deployment.store, this.runId, LOOK);
  }

  /** A run inside another one continues with that one. */
  async #wake(run: StoredRun, writes: readonly StoreWrite[]): Promise<void> {
    const { store } = this.#deployment;
    const runId = await outermostRun(store, run);
    const at = this.#deployment.timestamp();
    await store.commit([...writes, { op: 'wake_run', runId, at }]);
    await this.#engine.enqueue(runId);
  }

  async #journal(): Promise<RunJournalRecords> {
    const records = await this.#deployment.store.readRun(this.runId);
    if (!records) throw DurableRunError.notFound(this.runId);
    return records;
  }

  async #read(): Promise<StoredRun> {
    const [run] = await this.#deployment.store.findRuns({ runIds: [this.runId], limit: 1 });
    if (!run) throw DurableRunError.notFound(this.runId);
    return run;
  }

  async #resultOf({ runId, outcome, note }: StoredRun): Promise<unknown> {
    if (outcome === null)
      throw new DurableRunError('RUN_NOT_FOUND', `The result of run ${runId} is no longer kept`, {
        received: note ?? 'a run whose content was deleted',
        remedy:
          'Read the trail of the run, which stays; raise `retention` of the workers to keep results longer.',
        evidence: { runId },
      });
    const seal = await sealOf(this.#deployment, runId);
    return settleOutcome(seal.open(outcome, 'outcome'));
  }
}
