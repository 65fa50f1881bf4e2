import { createHash } from 'node:crypto';
import { linkHash, MalformedRecordError, TRAIL_START } from '@kaizen-eatp/core';
import { isStorable } from '../writing/encode-batch.js';
import { HEADER, LINE_KINDS } from './json-lines.js';

/** A line that was read and may be stored. */
export type Line = { readonly type: string } & Readonly<Record<string, unknown>>;

/** What the fields of each kind of line must be. A question mark allows null. */
const FIELDS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  authority: { authorityId: 'string', text: 'string' },
  chain: {
    agentId: 'string',
    text: 'string',
    authorityId: 'string',
    expiresAt: 'string?',
    active: 'boolean',
    endedAt: 'string?',
  },
  delegation: {
    delegationId: 'string',
    taskId: 'string',
    runId: 'string?',
    delegatorId: 'string',
    delegateeId: 'string',
    parentDelegationId: 'string?',
    humanId: 'string?',
    text: 'string',
    status: 'string',
  },
  anchor: {
    trailId: 'string',
    sequence: 'number',
    previousHash: 'string',
    hash: 'string',
    anchorId: 'string',
    agentId: 'string',
    text: 'string',
  },
  intent: {
    invocationId: 'string',
    trailId: 'string',
    taskId: 'string',
    agentId: 'string',
    action: 'string',
    resource: 'string?',
    delegationId: 'string?',
    humanId: 'string?',
    inputDigest: 'string?',
    owner: 'string',
    openedAt: 'string',
  },
  revocation: { kind: 'string', subjectId: 'string', reason: 'string', at: 'string' },
};

/**
 * The lines of an export one by one, each held against its kind and each trail against its links; that nothing is
 * missing or changed is known at the end, so nothing may be kept before that.
 *
 * @throws MalformedRecordError.
 */
export async function* checkedLines(
  lines: Iterable<string> | AsyncIterable<string>,
): AsyncGenerator<Line, void> {
  const digest = createHash('sha256');
  const order = LINE_KINDS.map(({ type }) => type);
  let count = 0;
  let kind = 0;
  let isEnded = false;
  let trail = { trailId: '', sequence: 0, hash: TRAIL_START };
  for await (const text of lines) {
    const line = parse(text, count + 1);
    if (isEnded) throw malformed(count + 1, 'nothing after the line of type end', line.type);
    if (count === 0) checkHeader(line);
    else if (line.type === 'end') {
      const sum = digest.digest('hex');
      if (line.lines !== count) throw malformed(count + 1, `${line.lines} lines`, `${count} lines`);
      if (line.sha256 !== sum)
        throw malformed(count + 1, `lines of digest ${line.sha256}`, `lines of digest ${sum}`);
      isEnded = true;
      continue;
    } else {
      const at = order.indexOf(line.type, kind);
      if (at < 0)
        throw malformed(count + 1, `a line of ${order.slice(kind).join(', ')}`, `type ${line.type}`);
      kind = at;
      checkFields(line, count + 1);
      if (line.type === 'anchor') trail = follow(trail, line, count + 1);
      yield line;
    }
    digest.update(`${text}\n`);
    count += 1;
  }
  if (!isEnded) throw malformed(count + 1, 'a line of type end', 'the end of the input');
}

function parse(text: string, number: number): Line {
  try {
    const line: unknown = JSON.parse(text);
    if (typeof line === 'object' && line !== null && typeof (line as Line).type === 'string')
      return line as Line;
  } catch {
    // Said below: whatever it is, it is no line of an export.
  }
  throw malformed(number, 'a JSON object with a type', `a text of ${text.length} characters`);
}

function checkHeader(line: Line): void {
  if (line.type === 'header' && line.format === HEADER.format && line.version === HEADER.version) return;
  throw malformed(
    1,
    JSON.stringify(HEADER),
    `format ${String(line.format)}, version ${String(line.version)}`,
  );
}

function checkFields(line: Line, number: number): void {
  const wanted = FIELDS[line.type.replace('archived_', '')] as Readonly<Record<string, string>>;
  const names = Object.keys(wanted);
  for (const name of new Set([...names, ...Object.keys(line)])) {
    if (name === 'type') continue;
    const value = line[name];
    const type = wanted[name];
    const isRight =
      type !== undefined &&
      (typeof value === type.replace('?', '') || (type.endsWith('?') && value === null));
    if (!isRight) throw malformed(number, `${name} of type ${type ?? 'none'}`, typeof value);
    if (typeof value === 'string' && !isStorable(value)) {
      throw malformed(
        number,
        `${name} that PostgreSQL can store`,
        'the character U+0000 or a lone surrogate',
      );
    }
  }
}

function follow(last: { trailId: string; sequence: number; hash: string }, line: Line, number: number) {
  const { trailId, sequence, previousHash, hash, text } = line as unknown as {
    trailId: string;
    sequence: number;
    previousHash: string;
    hash: string;
    text: string;
  };
  const before = trailId === last.trailId ? last : { sequence: 0, hash: TRAIL_START };
  const isNext =
    sequence === before.sequence + 1 && previousHash === before.hash && hash === linkHash(previousHash, text);
  if (isNext) return { trailId, sequence, hash };
  throw malformed(
    number,
    `entry ${before.sequence + 1} of ${trailId}, linked to the one before`,
    `entry ${sequence}`,
  );
}

const malformed = (number: number, expected: string, received: string): MalformedRecordError =>
  new MalformedRecordError('MALFORMED_RECORD', `Line ${number} of the export cannot be taken in`, {
    expected,
    received,
    remedy: 'Nothing was imported. Export the store again, and see that the file arrives whole.',
    evidence: { line: number },
  });
