import { setTimeout as wait } from 'node:timers/promises';
import { SHARED_TRAIL } from '@kaizen-eatp/core';
import { anchorsOf, isEnd } from '../reading/anchors.js';
import type { Session } from '../session/session.js';
import { entryJson, RecordPrinter } from '../siem/printer.js';
import type { Given } from '../spec/given.js';
import { formatOf } from './trail.js';

/** Shows the records of a trail as they are stored, until its run ends. */
export async function follow(session: Session, given: Given): Promise<boolean> {
  const { out, signal } = session;
  const store = await session.store();
  const trailId = given.optional(0) ?? SHARED_TRAIL;
  const interval = given.duration('interval') ?? 200;
  const format = formatOf(given);
  const printer = new RecordPrinter(store, format);
  let after = given.count('after') ?? 0;
  if (trailId !== SHARED_TRAIL && !(await store.trailHead(trailId)))
    out.note(`There is no record of ${trailId} yet. Waiting for the first.`);
  for (;;) {
    for await (const placed of anchorsOf(store, trailId, after)) {
      if (out.isClosed) return true;
      after = placed.sequence;
      if (out.settings.json) await out.raw(`${JSON.stringify({ ok: true, result: entryJson(placed) })}\n`);
      else if (format === 'text') await out.line(await printer.line(placed));
      else await out.raw(`${await printer.line(placed)}\n`);
      if (trailId !== SHARED_TRAIL && isEnd(placed.anchor)) return true;
    }
    await wait(interval, undefined, { signal });
  }
}
