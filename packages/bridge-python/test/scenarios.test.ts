import { sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { importPrivateKey } from '@kaizen-eatp/core/records';
import { describe, expect, it } from 'vitest';
import { agentPreimage, bridgePreimage, isSignedBy } from '../src/login/transcript.js';
import { CLOSE, ProtocolViolation } from '../src/protocol/close-codes.js';
import { decodeFrames, decodeSealed } from '../src/protocol/frame-codec.js';
import { join } from '../src/protocol/frame-schemas.js';
import { FRAME } from '../src/protocol/frame-types.js';
import { Session } from '../src/session/session.js';
import { decodeValue, encodeValue } from '../src/values/value-codec.js';
import { fromTyped, received, type Typed } from './support/typed-values.js';

interface Scenarios {
  readonly values: readonly { readonly name: string; readonly typed: Typed; readonly hex: string }[];
  readonly bad_values: readonly { readonly name: string; readonly hex: string }[];
  readonly frames: readonly {
    readonly name: string;
    readonly direction: string;
    readonly type: number;
    readonly number: number | null;
    readonly fields: Typed;
    readonly hex: string;
  }[];
  readonly bad_frames: readonly {
    readonly name: string;
    readonly direction: string;
    readonly hex: string;
    readonly close: number;
  }[];
  readonly sequences: readonly {
    readonly name: string;
    readonly arrives: readonly number[];
    readonly outcomes: readonly string[];
    readonly ack: number;
  }[];
  readonly login: Readonly<Record<string, string>> & {
    readonly agent_seeds: Readonly<Record<string, string>>;
  };
}

const scenarios = JSON.parse(
  readFileSync(new URL('../protocol/scenarios.json', import.meta.url), 'utf8'),
) as Scenarios;
const bytes = (hex: string): Buffer => Buffer.from(hex, 'hex');
const fromWorker = <T extends { direction: string }>(entries: readonly T[]): readonly T[] =>
  entries.filter(({ direction }) => direction === 'worker-to-bridge');

describe('values', () => {
  it.each(scenarios.values)('$name', ({ typed, hex }) => {
    expect(decodeValue(bytes(hex))).toEqual(received(typed));
    expect(decodeValue(encodeValue(fromTyped(typed)))).toEqual(received(typed));
  });

  it.each(scenarios.bad_values)('refuses $name', ({ hex }) => {
    expect(() => decodeValue(bytes(hex))).toThrow(
      expect.objectContaining({ code: 'VALUE_NOT_TRANSFERABLE' }),
    );
  });
});

describe('frames', () => {
  it.each(fromWorker(scenarios.frames))('$name', ({ type, number, fields, hex }) => {
    const [frame, ...more] = decodeFrames(bytes(hex));
    expect(more).toEqual([]);
    expect(FRAME[frame!.name]).toBe(type);
    const expected = received(fields);
    if (frame && 'body' in frame) {
      expect(frame.number).toBe(number ?? 0);
      // Fields that are unknown are left out, so what is there must be as it came.
      expect(expected).toMatchObject(frame.body);
    } else
      expect([(frame as { received?: number }).received ?? (frame as { token?: number }).token]).toEqual([
        expected,
      ]);
    expect(decodeFrames(Buffer.concat([bytes(hex), bytes(hex)]))).toEqual([frame, frame]);
  });

  it.each(fromWorker(scenarios.bad_frames))('refuses $name', ({ hex, close }) => {
    const thrown = (() => {
      try {
        return decodeFrames(bytes(hex));
      } catch (error) {
        return error;
      }
    })();
    expect(thrown).toBeInstanceOf(ProtocolViolation);
    expect(CLOSE[(thrown as ProtocolViolation).reason]).toBe(close);
  });
});

it.each(scenarios.sequences)('numbers: $name', ({ arrives, outcomes, ack }) => {
  const session = new Session('s', { window: 512, windowBytes: 2 ** 24 });
  const seen = arrives.map((number) => {
    try {
      return session.take(number) ? 'take' : 'duplicate';
    } catch (error) {
      return (error as ProtocolViolation).reason;
    }
  });
  expect(seen).toEqual(outcomes);
  expect(session.received).toBe(ack);
});

it('signs and checks a login as the other language does', () => {
  const { login } = scenarios;
  const hello = bytes(login.hello as string);
  const body = bytes(login.challenge_body as string);
  const challenge = bytes(login.challenge as string);
  const bridgeKey = bytes(login.bridge_key as string);
  const signature = sign(
    null,
    bridgePreimage(hello, body),
    importPrivateKey(bytes(login.bridge_seed as string).toString('base64')),
  );
  expect(isSignedBy(bridgeKey, bridgePreimage(hello, body), signature)).toBe(true);
  expect(challenge.includes(signature)).toBe(true);

  const [frame] = decodeFrames(bytes(login.join as string));
  if (frame?.name !== 'join') throw new Error('the JOIN of the scenario is none');
  const { agents } = decodeSealed(frame.body.body, join, 'join');
  const preimage = agentPreimage(hello, challenge, frame.body.body);
  expect(agents.map(({ name }) => name).sort()).toEqual(Object.keys(login.agent_seeds).sort());
  for (const { name, public_key } of agents)
    expect(isSignedBy(public_key, preimage, frame.body.signatures[name] as Uint8Array)).toBe(true);
});

it('is what docs/protocol.md shows', () => {
  const doc = readFileSync(new URL('../../../docs/protocol.md', import.meta.url), 'utf8');
  const [, examples = ''] = doc.split('## Worked examples');
  const known = new Set([
    ...scenarios.frames.map(({ hex }) => hex),
    ...['hello', 'challenge_body', 'challenge', 'challenge_signed', 'join_signed', 'join', 'welcome'].map(
      (name) => scenarios.login[name],
    ),
  ]);
  const inline = [...examples.matchAll(/`([0-9a-f]{6,})`/g)].map(([, hex]) => hex);
  const blocks = [...examples.matchAll(/```text\n([0-9a-f\n]+)```/g)].flatMap(([, block = '']) =>
    block.split('\n\n').map((lines) => lines.replaceAll('\n', '')),
  );
  expect([inline.length, blocks.length]).toEqual([12, 7]);
  for (const hex of [...inline, ...blocks]) expect(known).toContain(hex);
});
