import type { AuditAnchor, DelegationRecord } from '../chain/index.js';
import type { Denial } from '../trust/index.js';

/** What happens in a run, as it happens; enough to draw it. Every event has the run's id and its time. */
export type RunEvent = { readonly runId: string; readonly at: number } & RunEventContent;

export type RunEventContent =
  | {
      readonly type: 'run_started';
      readonly taskId: string;
      readonly pattern: string;
      readonly agents: readonly string[];
    }
  | {
      readonly type: 'delegated';
      readonly from: string;
      readonly to: string;
      readonly delegation: DelegationRecord;
    }
  | {
      readonly type: 'invocation_started';
      readonly invocationId: string;
      readonly agentId: string;
      readonly action: string;
    }
  | {
      readonly type: 'progress';
      readonly invocationId?: string;
      readonly agentId?: string;
      readonly progress: unknown;
    }
  | { readonly type: 'denied'; readonly agentId: string; readonly action: string; readonly denial: Denial }
  | {
      readonly type: 'invocation_ended';
      readonly invocationId: string;
      readonly agentId: string;
      readonly outcome: 'success' | 'failed';
      readonly code?: string;
      readonly durationMs: number;
    }
  | { readonly type: 'shared'; readonly agentId: string; readonly action: string; readonly value: unknown }
  | { readonly type: 'recorded'; readonly anchor: AuditAnchor }
  | { readonly type: 'run_ended'; readonly outcome: 'success' | 'failed'; readonly code?: string };

/** Events for whoever iterates them; kept from the start of the run until they are read. */
export class EventStream implements AsyncIterable<RunEvent> {
  readonly #events: RunEvent[] = [];
  readonly #waiting = new Set<() => void>();
  #isEnded = false;

  push(event: RunEvent): void {
    this.#events.push(event);
    this.wake();
  }

  end(): void {
    this.#isEnded = true;
    this.wake();
  }

  async *[Symbol.asyncIterator](): AsyncIterator<RunEvent> {
    for (let next = 0; ; ) {
      const event = this.#events[next];
      if (event) {
        next += 1;
        yield event;
      } else if (this.#isEnded) return;
      else await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  private wake(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}
