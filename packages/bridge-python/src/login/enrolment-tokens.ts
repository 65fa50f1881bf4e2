import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { InvalidArgumentError } from '@kaizen-eatp/core/errors';
import { parseOptions } from '@kaizen-eatp/core/plugin';
import { z } from 'zod';
import { agentName } from '../protocol/frame-schemas.js';
import { LoginRefused } from './login-refused.js';

/** The rights that an agent can get when it enrols. */
export interface EnrolmentGrant {
  /** Beside those of the protocol itself. Default: none. */
  readonly capabilities?: readonly string[];
  readonly constraints?: readonly string[];
}

export interface EnrolmentRequest {
  /** The id of the authority that vouches for the agents. */
  readonly authorityId: string;
  /** By name: what each may be granted. */
  readonly agents: Readonly<Record<string, EnrolmentGrant>>;
  /** For how long the token is good, in milliseconds. Default: an hour. */
  readonly expiresIn?: number;
}

/** A token as the bridge remembers it. */
export interface Enrolment {
  readonly authorityId: string;
  readonly agents: ReadonlyMap<string, EnrolmentGrant>;
}

/** A request for a token, read once. */
export interface ParsedEnrolment extends Enrolment {
  /** In milliseconds. */
  readonly expiresIn: number;
}

const labels = z.array(z.string().min(1).max(1_024));

const enrolmentOptions = z.strictObject({
  authorityId: z.string().min(1).max(256),
  agents: z.record(
    z.string(),
    z.strictObject({ capabilities: labels.optional(), constraints: labels.optional() }),
  ),
  expiresIn: z
    .custom<number>((value) => typeof value === 'number' && value > 0, 'milliseconds, more than 0')
    .default(60 * 60_000),
});

/** @throws InvalidArgumentError. */
export function parseEnrolment(given: EnrolmentRequest): ParsedEnrolment {
  const { authorityId, agents, expiresIn } = parseOptions(enrolmentOptions, given, 'createEnrolmentToken()');
  const names = Object.keys(agents);
  const bad = names.find((name) => !agentName.safeParse(name).success);
  if (names.length === 0 || bad !== undefined) {
    throw new InvalidArgumentError('An enrolment token needs agents', {
      expected: 'at least one, by a name of 1 to 64 of A-Z a-z 0-9 _ - .',
      received: bad === undefined ? 'none' : `'${bad}'`,
      remedy: "Pass them as `agents: { analyst: { capabilities: ['analyze'] } }`.",
    });
  }
  return {
    authorityId,
    agents: new Map(Object.entries(agents as Record<string, EnrolmentGrant>)),
    expiresIn,
  };
}

interface Kept extends Enrolment {
  readonly secretHash: Buffer;
  readonly expiresAt: number;
  /** The keys that used it. A worker that lost the answer to its login can use the token again with the same keys. */
  usedBy?: string;
  /** The end of the last enrolment with it that was begun; the next one waits for it. */
  lastUse?: Promise<unknown>;
}

const MAX_TOKENS = 10_000;
/** How long an enrolment waits for the one before it, in milliseconds: shorter than a login may take. */
const PATIENCE = 3_000;
const PREFIX = 'eatp1_';

const hashOf = (secret: string): Buffer => createHash('sha256').update(secret).digest();

/**
 * Tokens that let agents without a chain in: good once, for a limited time, for the agents and the capabilities that they
 * name. They are kept in this process only, so those that were not used end with it.
 */
export class EnrolmentTokens {
  readonly #tokens = new Map<string, Kept>();

  /** @param patience - how long an enrolment waits for the one before it, in milliseconds. */
  constructor(private readonly patience: number = PATIENCE) {}

  /** @returns the token as a string. @throws InvalidArgumentError. */
  create(
    { authorityId, agents, expiresIn }: ParsedEnrolment,
    facts: { readonly bridgeKey: string; readonly authorities: Readonly<Record<string, string>> },
  ): string {
    this.sweep();
    if (this.#tokens.size >= MAX_TOKENS) {
      throw new InvalidArgumentError('There are too many enrolment tokens', {
        expected: `at most ${MAX_TOKENS} that were neither used nor have expired`,
        remedy: 'Wait until some of them are used, or give them a shorter validity.',
      });
    }
    const id = randomBytes(12).toString('hex');
    const secret = randomBytes(32).toString('base64url');
    this.#tokens.set(id, {
      authorityId,
      agents,
      secretHash: hashOf(secret),
      expiresAt: Date.now() + expiresIn,
    });
    const content = { id, secret, bridge_key: facts.bridgeKey, authorities: facts.authorities };
    return PREFIX + Buffer.from(JSON.stringify(content)).toString('base64url');
  }

  /**
   * Enrols with a token. One enrolment at a time is under way with it, and only one that succeeds uses it: a worker that is
   * refused leaves it to the next one.
   *
   * @param keys - of all agents that come with it, in one text.
   * @param enrol - calls `spend` once an agent has its chain: from then on the token is used.
   * @throws LoginRefused `TOKEN_INVALID`, `OVERLOADED` if an enrolment before it takes too long, and what `enrol` throws.
   */
  use(
    text: string,
    names: readonly string[],
    keys: string,
    enrol: (enrolment: Enrolment, spend: () => void) => Promise<void>,
  ): Promise<void> {
    const kept = this.expectValid(text, names, keys);
    const before = kept.lastUse;
    const turn = this.#after(before).then(() => {
      // Asked again: the enrolment before may have used it.
      this.expectValid(text, names, keys);
      return enrol(kept, () => {
        kept.usedBy = keys;
      });
    });
    // One that gave up waiting lets no other begin: the enrolment that hangs can still succeed.
    kept.lastUse = Promise.allSettled([before, turn]);
    return turn;
  }

  /** Resolves once the enrolment before has ended. @throws LoginRefused `OVERLOADED`. */
  async #after(before: Promise<unknown> | undefined): Promise<void> {
    const { promise, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => reject(busy()), this.patience);
    try {
      await Promise.race([before, promise]);
    } finally {
      clearTimeout(timer);
    }
  }

  /**
   * Checks a token as `use` does, and leaves it unused.
   *
   * @throws LoginRefused `TOKEN_INVALID`.
   */
  expectValid(text: string, names: readonly string[], keys: string): Kept {
    const { id, secret } = readToken(text);
    const kept = this.#tokens.get(id);
    if (!kept || !timingSafeEqual(kept.secretHash, hashOf(secret))) throw invalid('it is unknown');
    if (Date.now() > kept.expiresAt) throw invalid('it has expired');
    if (kept.usedBy !== undefined && kept.usedBy !== keys) throw invalid('it was used already');
    const stranger = names.find((name) => !kept.agents.has(name));
    // The names are no secret from a worker that has the secret of the token.
    if (stranger !== undefined) throw notFor(stranger, [...kept.agents.keys()]);
    return kept;
  }

  private sweep(): void {
    const now = Date.now();
    for (const [id, { expiresAt }] of this.#tokens) if (now > expiresAt) this.#tokens.delete(id);
  }
}

function readToken(text: string): { id: string; secret: string } {
  try {
    if (!text.startsWith(PREFIX)) throw new Error('no prefix');
    const content = JSON.parse(Buffer.from(text.slice(PREFIX.length), 'base64url').toString()) as unknown;
    const { id, secret } = content as { id: unknown; secret: unknown };
    if (typeof id === 'string' && typeof secret === 'string') return { id, secret };
  } catch {
    // The same answer for everything that is no token.
  }
  throw invalid('it is no token');
}

const invalid = (why: string): LoginRefused =>
  new LoginRefused(
    'TOKEN_INVALID',
    `the enrolment token is refused: ${why}`,
    'Ask the operator of the bridge for a new token: bridge.createEnrolmentToken({ authorityId, agents }).',
  );

const notFor = (stranger: string, names: readonly string[]): LoginRefused =>
  new LoginRefused(
    'TOKEN_INVALID',
    `the enrolment token is not for an agent '${stranger}', but for ${quoteList(names)}`,
    `Join under a name that it is for, as in --agent ${names[0]}=MODULE:TARGET, or ask the operator of the bridge for a token that names '${stranger}'.`,
  );

const SHOWN_NAMES = 20;

/** Names for a message, which has a greatest length. */
function quoteList(names: readonly string[]): string {
  const shown = names.slice(0, SHOWN_NAMES).map((name) => `'${name}'`);
  const more = names.length - shown.length;
  return more > 0 ? `${shown.join(', ')} and ${more} more` : shown.join(', ');
}

const busy = (): LoginRefused =>
  new LoginRefused(
    'OVERLOADED',
    'another enrolment with this token is in progress and takes long',
    'Try again later. If it goes on, look at the store and the key manager of the bridge, or ask for a token of your own.',
  );
