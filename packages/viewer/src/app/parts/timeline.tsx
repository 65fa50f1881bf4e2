import { signal } from '@preact/signals';
import { type AnchorEntry, contextPath, contextText } from '../model/records.js';
import { select, selected, selectedAgent } from '../state.js';
import { EntryMark, Result } from './common.js';

/** Whether records of little interest are hidden: tool calls that succeeded. */
const isFolded = signal(false);

/** A pause that is longer is drawn as one line, in milliseconds. */
const IDLE = 5_000;

/** The records of the trail, oldest first. */
export function Timeline({ anchors }: { readonly anchors: readonly AnchorEntry[] }) {
  const agentId = selectedAgent.value;
  const isMinor = (entry: AnchorEntry): boolean =>
    entry.data?.result === 'success' && contextPath(entry.data, 'details', 'tool') !== undefined;
  const shown = isFolded.value
    ? anchors.filter((entry) => !isMinor(entry) || entry.key === selected.value)
    : anchors;
  const spans = spansOf(shown);
  return (
    <section class="timeline" aria-labelledby="timeline-title">
      <h2 id="timeline-title">The trail</h2>
      <p>
        <label>
          <input
            type="checkbox"
            checked={isFolded.value}
            onChange={(event) => {
              isFolded.value = event.currentTarget.checked;
            }}
          />{' '}
          Hide tool calls that succeeded
        </label>{' '}
        <span class="quiet">
          {shown.length} of {anchors.length} records
        </span>
      </p>
      <ol class="records">
        {shown.map((entry, i) => {
          const { idle, left, width } = spans[i] as Span;
          const isChosen = entry.key === selected.value;
          const isOfAgent = agentId !== undefined && entry.data?.agentId === agentId;
          return (
            <li key={entry.key} class={entry.data?.result === 'denied' ? 'denied' : undefined}>
              {idle > 0 && <div class="idle">{durationOf(idle)} without a record</div>}
              <button
                type="button"
                class={`record ${isChosen ? 'chosen' : ''} ${isOfAgent ? 'related' : ''}`}
                aria-pressed={isChosen}
                data-key={entry.key}
                onClick={() => select(isChosen ? undefined : entry.key)}
              >
                <span class="sequence">{entry.sequence}</span>
                <EntryMark entry={entry} />
                <span class="agent">{entry.data?.agentId ?? '?'}</span>
                <span class="action">{entry.data ? actionOf(entry) : 'cannot be read'}</span>
                <Result is={entry.data?.result ?? 'unknown'} />
                <svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
                  <rect x={left} y="2" width={width} height="6" />
                </svg>
              </button>
            </li>
          );
        })}
      </ol>
    </section>
  );
}

function actionOf({ data }: AnchorEntry): string {
  const tool = contextPath(data, 'details', 'tool');
  const action = tool === undefined ? (data?.action ?? '') : `${data?.action ?? ''} (tool ${tool})`;
  const code = contextPath(data, 'denial', 'code') ?? contextPath(data, 'error', 'code');
  return code === undefined ? action : `${action}: ${code}`;
}

interface Span {
  readonly idle: number;
  readonly left: number;
  readonly width: number;
}

/** Places the records on a common scale from which long pauses are taken out. */
function spansOf(anchors: readonly AnchorEntry[]): Span[] {
  const times = anchors.map(({ data }) => {
    const end = Date.parse(data?.timestamp ?? '');
    const start = Date.parse(contextText(data, 'started_at') ?? data?.timestamp ?? '');
    return { start: Number.isNaN(start) ? end : start, end };
  });
  let removed = 0;
  let until = Number.NaN;
  const placed = times.map(({ start, end }) => {
    const pause = start - until;
    const idle = pause > IDLE ? pause : 0;
    removed += idle;
    until = Number.isNaN(end) ? until : Math.max(Number.isNaN(until) ? end : until, end);
    return { idle, start: start - removed, end: end - removed };
  });
  const first = Math.min(...placed.map(({ start }) => start).filter(Number.isFinite));
  const last = Math.max(...placed.map(({ end }) => end).filter(Number.isFinite));
  const scale = last > first ? 100 / (last - first) : 0;
  return placed.map(({ idle, start, end }) => {
    const left = Number.isFinite(start) ? Math.min((start - first) * scale, 99) : 0;
    const width = Number.isFinite(end - start) ? Math.max((end - start) * scale, 1) : 1;
    return { idle, left: Math.max(0, left), width: Math.min(width, 100 - left) };
  });
}

/** A duration in words. */
export function durationOf(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  const seconds = milliseconds / 1000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60
    ? `${minutes} min ${Math.round(seconds % 60)} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
