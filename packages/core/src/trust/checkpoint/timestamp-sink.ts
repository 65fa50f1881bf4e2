import { sha256 } from '@noble/hashes/sha2.js';
import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import * as z from 'zod';
import { toBase64 } from '#crypto';
import { StoreError } from '../../errors/index.js';
import { parseOptions } from '../../wire/index.js';
import { readBounded } from './bounded-answer.js';
import { checkpointText, readCheckpoint } from './checkpoint-note.js';
import type { CheckpointSink } from './checkpoint-sink.js';

/** A time-stamping authority that is asked. */
export interface TimestampSinkOptions {
  /** The address that takes requests of RFC 3161 over HTTP. */
  readonly url: string;
  /** Milliseconds until an answer must be there. Default: 10,000. */
  readonly timeout?: number;
}

/** The schema of {@link TimestampSinkOptions}. */
export const timestampSinkOptions = z.strictObject({ url: z.url(), timeout: z.int().positive().optional() });

/** More than any response has. */
const LARGEST_RESPONSE = 256 * 1024;

/**
 * Lets a time-stamping authority of RFC 3161 stamp the text of each checkpoint, without its signatures, and adds the response
 * to the record for the sinks after it. That the response was granted for this text is checked here; whose certificate signed
 * it is for the auditor to check, for instance with `openssl ts -verify`.
 *
 * Writing throws StoreError `STORE_FAILED` if the authority cannot be reached, or does not grant the timestamp.
 *
 * @throws InvalidArgumentError.
 */
export function timestampSink(given: TimestampSinkOptions): CheckpointSink {
  const { url, timeout = 10_000 } = parseOptions(timestampSinkOptions, given, 'timestampSink()');
  return {
    write: async (record) => {
      const imprint = sha256(utf8ToBytes(checkpointText(readCheckpoint(record.note))));
      const nonce = crypto.getRandomValues(new Uint8Array(8));
      const response = await ask(url, timestampRequest(imprint, nonce), timeout);
      const problem = problemOf(response, imprint);
      if (problem) throw failed(url, problem, undefined);
      return { ...record, timestamps: [...(record.timestamps ?? []), toBase64(response)] };
    },
  };
}

async function ask(url: string, body: Uint8Array, timeout: number): Promise<Uint8Array> {
  try {
    const headers = { 'content-type': 'application/timestamp-query', accept: 'application/timestamp-reply' };
    const signal = AbortSignal.timeout(timeout);
    const response = await fetch(url, { method: 'POST', headers, body: new Uint8Array(body), signal });
    if (!response.ok) throw new Error(`the status ${response.status}`);
    return await readBounded(response, LARGEST_RESPONSE);
  } catch (cause) {
    throw failed(url, String((cause as Error).cause ?? cause), cause);
  }
}

/** The algorithm SHA-256 without parameters, as an AlgorithmIdentifier. */
const SHA_256 = Uint8Array.of(0x30, 0x0d, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1, 5, 0);

/** A `TimeStampReq` of version 1 in DER, which asks for the certificate of the signer too. */
function timestampRequest(imprint: Uint8Array, nonce: Uint8Array): Uint8Array {
  const version = der(2, Uint8Array.of(1));
  const messageImprint = der(0x30, SHA_256, der(4, imprint));
  // A number in DER has no leading zeros and no leading sign: 0 and 0x40 upwards avoid both.
  const number = der(2, Uint8Array.of(0x40 | (nonce[0] as number & 0x3f)), nonce.slice(1));
  return der(0x30, version, messageImprint, number, der(1, Uint8Array.of(0xff)));
}

/** An element of DER with a content of less than 128 bytes. */
function der(tag: number, ...content: readonly Uint8Array[]): Uint8Array {
  const bytes = concatBytes(...content);
  return concatBytes(Uint8Array.of(tag, bytes.length), bytes);
}

/** Says what is wrong with a response: its status must be granted, and it must be about the imprint. */
function problemOf(response: Uint8Array, imprint: Uint8Array): string | undefined {
  const status = statusOf(response);
  if (status !== 0 && status !== 1) return `the status ${status}, which does not grant a timestamp`;
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
  return hex(response).includes(`0420${hex(imprint)}`) ? undefined : 'a timestamp of something else';
}

/** The `PKIStatus` of a `TimeStampResp`: the number at the beginning of the first element of the outer sequence. */
function statusOf(bytes: Uint8Array): number | undefined {
  const content = (at: number): number =>
    at + 2 + ((bytes[at + 1] ?? 0) < 0x80 ? 0 : (bytes[at + 1] as number) & 0x7f);
  if (bytes[0] !== 0x30) return undefined;
  const info = content(0);
  const number = content(info);
  return bytes[info] === 0x30 && bytes[number] === 2 && bytes[number + 1] === 1
    ? bytes[number + 2]
    : undefined;
}

const failed = (url: string, received: string, cause: unknown): StoreError =>
  new StoreError('STORE_FAILED', `The time-stamping authority at ${url} gave no timestamp`, {
    received,
    remedy: 'Check its address. The checkpoint is in the store, without a timestamp.',
    evidence: { retryable: true, outcome: 'nothing_written' },
    cause,
  });
