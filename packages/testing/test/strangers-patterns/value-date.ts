/**
 * The pattern `value_date`. A desk (the first agent) has orders booked by the other agents, one after the other, for a value date:
 * today, or the next working day if it is past the cut-off hour or a weekend. The desk gets the bookings and confirms them.
 *
 * The fault (nondeterminism between machines, durability): the time comes from `execution.now()`, as it must, but its calendar day
 * and hour are read with `getHours()`, `getDay()` and `getDate()`, in the time zone of whatever process executes the pattern.
 *
 * How it hurts: the same recorded instant gives another value date on a worker with another `TZ`. A durable run that a second worker
 * takes over requests other steps than were recorded and is withheld, half booked; a run on the "wrong" machine books to a wrong day,
 * which costs interest. As long as all machines have one time zone, the fault stays unseen.
 */
import { definePattern } from '@kaizen-eatp/core/plugin';
import type { patternConformance } from '@kaizen-eatp/testing';
import { z } from 'zod';

const options = z.strictObject({
  /** Orders from this hour on are booked for the next working day. Default: 16. */
  cutOff: z.int().min(0).max(24).default(16),
  /** Constraints that are added to every delegation. Default: none. */
  constraints: z.array(z.string()).default([]),
});

function valueDateOf(time: Date, cutOff: number): string {
  const day = new Date(time);
  if (day.getHours() >= cutOff) day.setDate(day.getDate() + 1);
  while (day.getDay() === 0 || day.getDay() === 6) day.setDate(day.getDate() + 1);
  const two = (part: number): string => String(part).padStart(2, '0');
  return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
}

export const pattern = definePattern({
  name: 'value_date',
  options,
  async execute({ agents, input, options, now, delegate, invoke }) {
    const [desk, ...clerks] = agents;
    const valueDate = valueDateOf(await now(), options.cutOff);
    const bookings: { clerk: string; booking: unknown }[] = [];
    for (const clerk of clerks) {
      await delegate(desk!, clerk, { constraints: options.constraints });
      bookings.push({ clerk: clerk.name, booking: await invoke(clerk, { order: input, valueDate }) });
    }
    const confirmation = await invoke(desk!, { order: input, valueDate, bookings });
    return { valueDate, bookings, confirmation };
  },
});

export const setup: NonNullable<Parameters<typeof patternConformance>[1]> = {
  agents: { desk: {}, cash_clerk: {}, securities_clerk: {} },
};
