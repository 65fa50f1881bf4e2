import * as z from 'zod';
import { expectScope } from '../invocation/make-context.js';
import { failureOf } from '../invocation/observe-call.js';
import { copyOf, Observers } from '../invocation/observers.js';
import type { CapturedValue } from '../values/index.js';
import { notify } from '../wire/notify.js';
import type { OrchestrationResult } from './orchestration-result.js';
import type { Run } from './run.js';
import { type RunEvent, type RunListener, typesOf } from './run-events.js';
import type { ObservedRun, ObservedRunEnd, RunObserver } from './run-observer.js';

const HOOKS = ['aroundRun', 'aroundInvocation', 'aroundTool', 'trace', 'watches', 'on'] as const;

/** The schema of one observer. */
export const observerField = z.custom<RunObserver>(
  (value) => typeof value === 'object' && value !== null && HOOKS.some((hook) => isHook(value, hook)),
  `an object with at least one of the methods ${HOOKS.join(', ')}`,
);

/** Returns the observers of a runtime; undefined if there are none. */
export const observersOf = (given: readonly RunObserver[] | undefined): RunObservers | undefined =>
  given && given.length > 0 ? new RunObservers(given.map(readHooks)) : undefined;

/** The observers of a runtime. */
export class RunObservers extends Observers<RunObserver> {
  /** The listeners of those observers that receive events. */
  readonly listeners: readonly RunListener[] = this.all.flatMap((observer, i) => {
    const { on, events } = observer;
    if (!on) return [];
    const onFailure = (error: unknown): void => this.report(i, 'on', error);
    const listener = (event: RunEvent): void => notify(on, event, onFailure);
    return [events ? typesOf.limit(listener, new Set(events)) : listener];
  });

  /** Performs a run inside the observers. */
  aroundRun(
    run: Run,
    input: CapturedValue,
    perform: () => Promise<OrchestrationResult>,
  ): Promise<OrchestrationResult> {
    const { runId, taskId } = run;
    const { pattern, initiatorId, within } = run.request;
    const startedAt = performance.now();
    const seen: ObservedRun = Object.freeze({
      runId,
      taskId,
      pattern,
      ...(initiatorId !== undefined && { initiatorId }),
      ...(within && { within: expectScope(within).call.id }),
      input: copyOf(input),
    });
    return this.around(
      'aroundRun',
      seen,
      (trace) => {
        run.trace = trace;
        return perform();
      },
      (settled): ObservedRunEnd =>
        Object.freeze({
          ...('error' in settled ? failureOf(settled.error) : { outcome: 'success' as const }),
          unenforcedConstraints: 'output' in settled ? settled.output.unenforcedConstraints : [],
          durationMs: performance.now() - startedAt,
        }),
    );
  }
}

const isHook = (observer: object, hook: string): boolean =>
  typeof (observer as Record<string, unknown>)[hook] === 'function';

/** Reads the hooks once, so that an observer cannot be replaced while runs use it. */
function readHooks(observer: RunObserver): RunObserver {
  const hooks = HOOKS.flatMap((hook) => {
    const found = observer[hook] as ((...given: unknown[]) => unknown) | undefined;
    return typeof found === 'function' ? [[hook, found.bind(observer)] as const] : [];
  });
  const events = observer.events && Object.freeze([...observer.events]);
  return Object.freeze({ ...Object.fromEntries(hooks), ...(events && { events }) });
}
