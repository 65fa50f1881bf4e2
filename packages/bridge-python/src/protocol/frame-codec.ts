import type { z } from 'zod';
import { checkMessage, type Extensions, endOfValue, MalformedBytes } from './check-msgpack.js';
import { ProtocolViolation } from './close-codes.js';
import { FROM_WORKER } from './frame-schemas.js';
import { FIRST_NUMBERED, FRAME, FRAME_NAMES, type FrameName, type FrameType } from './frame-types.js';
import { newPackr, newUnpackr } from './msgpack.js';

const packr = newPackr();
// The bytes in a frame are read immediately; code that keeps them copies them.
const unpackr = newUnpackr(false);
const NO_EXTENSIONS: Extensions = { known: new Set() };

type Schemas = typeof FROM_WORKER;

/** A frame from a worker, judged. */
export type WorkerFrame =
  | { readonly name: 'ack'; readonly received: number }
  | { readonly name: 'ping' | 'pong'; readonly token: number }
  | { readonly [Name in keyof Schemas]: WorkerFrameOf<Name> }[keyof Schemas];

export interface WorkerFrameOf<Name extends keyof Schemas> {
  readonly name: Name;
  /** Zero for frames that are not numbered. */
  readonly number: number;
  readonly body: z.infer<Schemas[Name]>;
}

/**
 * Reads the frames of a message from a worker. Bytes are judged before they are decoded, frames before they are used.
 *
 * @throws ProtocolViolation.
 */
export function decodeFrames(message: Uint8Array): WorkerFrame[] {
  let values: unknown[];
  try {
    // The same bytes could be read as frames by one and as something else by another; so every value is found first.
    checkMessage(message, NO_EXTENSIONS);
    values = message.length > 0 ? (unpackr.unpackMultiple(message) as unknown[]) : [];
  } catch (error) {
    const what = error instanceof MalformedBytes ? error.message : 'it cannot be decoded';
    throw new ProtocolViolation('malformed', `these bytes are no frame: ${what}`);
  }
  if (values.length === 0) throw new ProtocolViolation('malformed', 'the message holds no frame');
  return values.map(readFrame);
}

function readFrame(value: unknown): WorkerFrame {
  if (!Array.isArray(value)) throw new ProtocolViolation('malformed', 'a frame is an array');
  const [type, second, third] = value as [unknown, unknown, unknown];
  const name = FRAME_NAMES.get(type as number);
  if (name === undefined) throw new ProtocolViolation('malformed', `there is no frame type ${String(type)}`);
  switch (name) {
    case 'ack':
      return { name, received: expectUint(second, name) };
    case 'ping':
    case 'pong':
      return { name, token: expectUint(second, name) };
    default:
      return readBody(name, second, third);
  }
}

function readBody(name: FrameName, second: unknown, third: unknown): WorkerFrame {
  if (!(name in FROM_WORKER)) throw new ProtocolViolation('malformed', `${name} comes from the bridge only`);
  const isNumbered = FRAME[name] >= FIRST_NUMBERED;
  const number = isNumbered ? expectUint(second, name) : 0;
  const parsed = FROM_WORKER[name as keyof Schemas].safeParse(isNumbered ? third : second);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const where = issue?.path.length ? `, ${issue.path.join('.')}` : '';
    throw new ProtocolViolation('malformed', `${name}${where}: ${issue?.message}`);
  }
  return { name, number, body: parsed.data } as WorkerFrame;
}

function expectUint(value: unknown, name: FrameName): number {
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
  throw new ProtocolViolation('malformed', `${name}: expected a number`);
}

/** Reads what is sealed in a frame: one map. @throws ProtocolViolation. */
export function decodeSealed<T>(bytes: Uint8Array, schema: z.ZodType<T>, name: FrameName): T {
  try {
    if (endOfValue(bytes, 0, NO_EXTENSIONS) !== bytes.length) throw new MalformedBytes('more than one value');
    return schema.parse(unpackr.unpack(bytes));
  } catch {
    throw new ProtocolViolation('malformed', `${name}: what is sealed in it does not fit`);
  }
}

export const encodeSealed = (body: object): Buffer => packr.pack(body);

/** A frame that belongs to one connection. */
export const encodeFrame = (type: FrameType, body: object | number): Buffer => packr.pack([type, body]);

/** A frame that is numbered. */
export const encodeNumbered = (type: FrameType, number: number, body: object): Buffer =>
  packr.pack([type, number, body]);
