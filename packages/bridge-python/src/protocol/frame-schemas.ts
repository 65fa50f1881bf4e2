import { z } from 'zod';
import type { FrameName } from './frame-types.js';

/** The fields of each frame that a worker sends. Unknown fields are ignored (docs/protocol.md). */

const uint = z.number().int().nonnegative();
const bin = z.instanceof(Uint8Array);
const bytes = (length: number) => bin.refine((value) => value.length === length, `expected ${length} bytes`);
const text = z.string().max(4_096);
const longText = z.string().max(65_536);

/** How many calls a worker can ask to have in progress at a time. */
export const MAX_IN_FLIGHT = 65_536;

export const agentName = z.string().regex(/^[A-Za-z0-9_.-]{1,64}$/, 'expected 1 to 64 of A-Z a-z 0-9 _ - .');
const names = z.array(text).max(1_000);
export const traceContext = z.object({ traceparent: text, tracestate: text.nullish() });

export const hello = z.object({
  versions: z.array(uint).min(1).max(100),
  session: bytes(16),
  resume: z.boolean(),
  received: uint,
  nonce: bytes(32),
  software: text,
});

export const sealed = z.object({ body: bin, signatures: z.record(agentName, bytes(64)) });

/** The sealed body of JOIN. */
export const join = z.object({
  agents: z
    .array(z.object({ name: agentName, public_key: bytes(32), kind: text }))
    .min(1)
    .max(256),
  token: text.nullish(),
  max_in_flight: uint.min(1).max(MAX_IN_FLIGHT),
  capabilities: z.record(agentName, names).nullish(),
});

export const refuse = z.object({ code: text, message: text, remedy: text });

export const invoke = z.object({
  call: uint,
  agent: agentName,
  as: agentName,
  input: bin,
  within: uint.nullish(),
  capabilities: names.nullish(),
  constraints: names.nullish(),
  task_id: z.string().min(1).max(256).nullish(),
  trace: traceContext.nullish(),
  deadline_ms: uint.nullish(),
});

export const result = z.object({ call: uint, output: bin });

export const fail = z.object({
  call: uint,
  code: text,
  type: text,
  message: longText,
  traceback: longText,
  remedy: text,
});

export const progress = z.object({ call: uint, value: bin });
const amount = z.number().nonnegative().max(Number.MAX_SAFE_INTEGER);

export const usage = z.object({ call: uint, tokens: amount, cost: amount });
export const cancel = z.object({ call: uint, reason: text });
export const bye = z.object({ reason: text });

/** By frame; those that have a number or a token only, or that a worker never sends, are not here. */
export const FROM_WORKER = {
  hello,
  join: sealed,
  refuse,
  invoke,
  result,
  fail,
  progress,
  usage,
  cancel,
  drain: z.object({}),
  bye,
} as const satisfies Partial<Record<FrameName, z.ZodType>>;

export type Hello = z.infer<typeof hello>;
export type Join = z.infer<typeof join>;
export type WorkerInvoke = z.infer<typeof invoke>;
export type Result = z.infer<typeof result>;
export type Fail = z.infer<typeof fail>;
export type Progress = z.infer<typeof progress>;
export type Usage = z.infer<typeof usage>;
export type Cancel = z.infer<typeof cancel>;
