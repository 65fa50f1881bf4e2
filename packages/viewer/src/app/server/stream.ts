import { signal } from '@preact/signals';
import type { RunStreamEvent } from '../../api.js';
import { ask, ServerError } from './client.js';

/** How long the page waits for any byte before it connects again, in milliseconds. */
const SILENCE = 40_000;
const FIRST_PAUSE = 250;
const LONGEST_PAUSE = 10_000;

/** The state of the stream, for the reader. */
export const streamState = signal<'off' | 'live' | 'reconnecting' | 'ended'>('off');

/**
 * Follows a run. After a lost connection it continues with the next record.
 *
 * @param after - the sequence number of the last record that is known.
 * @returns the function that ends this.
 */
export function followRun(
  runId: string,
  after: number,
  onEvent: (event: RunStreamEvent) => void,
): () => void {
  const ending = new AbortController();
  void follow(runId, after, onEvent, ending.signal);
  return () => {
    ending.abort();
    streamState.value = 'off';
  };
}

async function follow(
  runId: string,
  after: number,
  onEvent: (event: RunStreamEvent) => void,
  ending: AbortSignal,
): Promise<void> {
  let last = after;
  let pause = FIRST_PAUSE;
  while (!ending.aborted) {
    try {
      const isOver = await readOnce(runId, last, ending, (id, event) => {
        pause = FIRST_PAUSE;
        streamState.value = 'live';
        // A record that is known already must not appear twice, whatever the server sends.
        if (event.event === 'entry') {
          if (event.data.sequence <= last) return;
          last = event.data.sequence;
        } else if (id !== undefined) last = Math.max(last, id);
        onEvent(event);
      });
      if (isOver) {
        streamState.value = 'ended';
        return;
      }
    } catch (error) {
      if (ending.aborted) return;
      if (error instanceof ServerError && error.status >= 400 && error.status < 500) {
        streamState.value = 'off';
        return;
      }
    }
    if (ending.aborted) return;
    streamState.value = 'reconnecting';
    await new Promise((resolve) => setTimeout(resolve, pause));
    pause = Math.min(pause * 2, LONGEST_PAUSE);
  }
}

/** Reads one connection to its end. @returns whether the run has ended. */
async function readOnce(
  runId: string,
  after: number,
  ending: AbortSignal,
  onEvent: (id: number | undefined, event: RunStreamEvent) => void,
): Promise<boolean> {
  const silent = new AbortController();
  const signal = AbortSignal.any([ending, silent.signal]);
  const headers = { Accept: 'text/event-stream', 'Last-Event-ID': String(after) };
  const response = await ask(`runs/${encodeURIComponent(runId)}/events?after=${after}`, { headers, signal });
  if (!response.body) return false;
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  for (;;) {
    const timer = setTimeout(() => silent.abort(), SILENCE);
    const { done, value } = await reader.read().finally(() => clearTimeout(timer));
    if (done) return false;
    text += value;
    const blocks = text.split(/\r?\n\r?\n/);
    text = blocks.pop() as string;
    for (const block of blocks) {
      const parsed = parseEvent(block);
      if (!parsed) continue;
      onEvent(parsed.id, parsed.event);
      if (parsed.event.event === 'end') {
        void reader.cancel();
        return true;
      }
    }
  }
}

function parseEvent(block: string): { id: number | undefined; event: RunStreamEvent } | undefined {
  const fields = new Map<string, string>();
  for (const line of block.split(/\r?\n/)) {
    const [, name = '', value = ''] = /^([^:]*):? ?(.*)$/.exec(line) ?? [];
    if (name) fields.set(name, name === 'data' && fields.has(name) ? `${fields.get(name)}\n${value}` : value);
  }
  const data = fields.get('data');
  if (data === undefined) return undefined;
  const id = Number(fields.get('id'));
  const event = { event: fields.get('event') ?? 'message', data: JSON.parse(data) } as RunStreamEvent;
  return { id: Number.isInteger(id) && fields.has('id') ? id : undefined, event };
}
