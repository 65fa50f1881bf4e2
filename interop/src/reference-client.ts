import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type {
  CanonicalForm,
  ChainHashes,
  ReferenceAuthority,
  ReferenceDelegation,
  ReferenceEstablish,
  ReferenceVerdict,
  VerdictQuery,
} from './reference-records.ts';

const inRepository = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** The Python that has the reference: the clone's own, or the one that `KAIZEN_PYTHON` names. */
export const pythonPath = (): string => process.env.KAIZEN_PYTHON ?? inRepository('.venv/bin/python');

/** There is no Python with the reference in it, so nothing can be compared with it. */
export class ReferenceUnavailableError extends Error {
  override readonly name = 'ReferenceUnavailableError';

  constructor(python: string, what: string) {
    super(
      `The Python reference cannot be asked: ${what} (${python}).\n` +
        'Run npm run setup, or name a Python that has kailash[trust] in KAIZEN_PYTHON.',
    );
  }
}

/** The reference answered a request with an exception. */
export class ReferenceRequestError extends Error {
  override readonly name = 'ReferenceRequestError';
  /** The name of the Python exception. */
  readonly type: string;

  constructor(op: string, error: { type: string; message: string }) {
    super(`${op}: ${error.type}: ${error.message}`);
    this.type = error.type;
  }
}

interface Reply {
  readonly id: number;
  readonly ok: boolean;
  readonly result?: unknown;
  readonly error?: { type: string; message: string };
}

interface Waiting {
  readonly op: string;
  resolve(result: unknown): void;
  reject(error: Error): void;
}

const KEPT_STDERR = 4000;

/**
 * A client of the reference in a separate process, over JSON lines; `interop/python/reference.py` documents the
 * operations. Any number of requests can be in progress concurrently.
 */
export class ReferenceClient {
  readonly #python: string;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #waiting = new Map<number, Waiting>();
  readonly #ended: Promise<void>;
  #nextId = 1;
  #stderr = '';
  #end: Error | undefined;

  private constructor(python: string) {
    this.#python = python;
    this.#child = spawn(python, [inRepository('interop/python/reference.py')], {
      env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
    });
    this.#child.stderr.on('data', (chunk: Buffer) => {
      this.#stderr = (this.#stderr + chunk.toString('utf8')).slice(-KEPT_STDERR);
    });
    createInterface({ input: this.#child.stdout }).on('line', (line) =>
      this.#settle(JSON.parse(line) as Reply),
    );
    // A write to a process that has ended is reported by its end, not here.
    this.#child.stdin.on('error', () => undefined);
    this.#ended = new Promise((resolve) => {
      this.#child.on('error', (error) =>
        this.#fail(new ReferenceUnavailableError(python, error.message), resolve),
      );
      this.#child.on('close', (code) => {
        const lastLine = this.#stderr.trim().split('\n').at(-1);
        this.#fail(new ReferenceUnavailableError(python, lastLine || `it ended with code ${code}`), resolve);
      });
    });
  }

  /** @throws ReferenceUnavailableError if there is no such Python, or no reference in it. */
  static async start(python: string = pythonPath()): Promise<ReferenceClient> {
    if (!existsSync(python)) throw new ReferenceUnavailableError(python, 'there is no such file');
    const client = new ReferenceClient(python);
    await client.version();
    return client;
  }

  version(): Promise<{ kailash: string; python: string }> {
    return this.#ask('version', {});
  }

  /** Returns the signing form of each JSON document, by `serialize_for_signing`. */
  canonical(json: readonly string[]): Promise<CanonicalForm[]> {
    return this.#ask('canonical', { json });
  }

  /** Makes or replaces a world: authorities and stored chains. */
  load(
    world: string,
    content: { authorities?: readonly ReferenceAuthority[]; chains?: readonly string[] },
  ): Promise<{ agents: string[] }> {
    return this.#ask('load', { world, ...content });
  }

  putChain(world: string, stored: string): Promise<{ agent_id: string }> {
    return this.#ask('put_chain', { world, stored });
  }

  async getChain(world: string, agentId: string): Promise<string> {
    return (await this.#ask<{ stored: string }>('get_chain', { world, agent_id: agentId })).stored;
  }

  verify(world: string, query: VerdictQuery): Promise<ReferenceVerdict> {
    return this.#ask('verify', { world, ...query });
  }

  verifyMany(world: string, queries: readonly VerdictQuery[]): Promise<ReferenceVerdict[]> {
    return this.#ask('verify_many', { world, queries });
  }

  /** Judges a chain in place of its agent's own, which stays as it is. */
  verifyStored(
    world: string,
    stored: string,
    queries: readonly Omit<VerdictQuery, 'agent_id'>[],
  ): Promise<ReferenceVerdict[]> {
    return this.#ask('verify_stored', { world, stored, queries });
  }

  /** Whether an anchor's signature is valid. A string that is not an anchor counts as invalid. */
  async verifyAnchor(world: string, stored: string, authorityId: string): Promise<boolean> {
    try {
      const request = { world, stored, authority_id: authorityId };
      return (await this.#ask<{ valid: boolean }>('verify_anchor', request)).valid;
    } catch (error) {
      if (error instanceof ReferenceRequestError) return false;
      throw error;
    }
  }

  verifyDelegation(world: string, stored: string): Promise<{ valid: boolean; reason: string | null }> {
    return this.#ask('verify_delegation', { world, stored });
  }

  /** Makes every hash and signature of a stored chain again, by the reference's rules and with the world's keys. */
  async signStored(world: string, stored: string): Promise<string> {
    return (await this.#ask<{ stored: string }>('sign_stored', { world, stored })).stored;
  }

  /** The same for an anchor. */
  async signAnchor(world: string, stored: string, authorityId: string): Promise<string> {
    const request = { world, stored, authority_id: authorityId };
    return (await this.#ask<{ stored: string }>('sign_anchor', request)).stored;
  }

  hashChain(stored: string): Promise<ChainHashes> {
    return this.#ask('hash_chain', { stored });
  }

  /** @returns the chain, as stored. */
  async establish(world: string, request: ReferenceEstablish): Promise<string> {
    return (await this.#ask<{ stored: string }>('establish', { world, ...request })).stored;
  }

  delegate(
    world: string,
    request: ReferenceDelegation,
  ): Promise<{ delegation: string; delegatee_chain: string }> {
    return this.#ask('delegate', { world, ...request });
  }

  /** @returns the anchor, as the reference writes it. */
  async audit(
    world: string,
    request: {
      agent_id: string;
      action: string;
      resource?: string;
      result?: string;
      context_json?: string;
      human_origin?: object;
      reasoning_trace?: object;
    },
  ): Promise<string> {
    return (await this.#ask<{ stored: string }>('audit', { world, ...request })).stored;
  }

  generateAuthority(
    world: string,
    id: string,
    name: string,
    type: string,
  ): Promise<Required<ReferenceAuthority>> {
    return this.#ask('generate_authority', { world, authority_id: id, name, authority_type: type });
  }

  /** Ends the process, once it has answered what it was asked. */
  async close(): Promise<void> {
    this.#child.stdin.end();
    await this.#ended;
  }

  #ask<T>(op: string, fields: object): Promise<T> {
    if (this.#end) return Promise.reject(this.#end);
    const id = this.#nextId++;
    return new Promise<T>((resolve, reject) => {
      this.#waiting.set(id, { op, resolve: resolve as (result: unknown) => void, reject });
      this.#child.stdin.write(`${JSON.stringify({ id, op, ...fields })}\n`);
    });
  }

  #settle(reply: Reply): void {
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if (reply.ok) waiting?.resolve(reply.result);
    else
      waiting?.reject(
        new ReferenceRequestError(waiting.op, reply.error ?? { type: 'unknown', message: this.#python }),
      );
  }

  #fail(error: Error, ended: () => void): void {
    this.#end ??= error;
    for (const { reject } of this.#waiting.values()) reject(this.#end);
    this.#waiting.clear();
    ended();
  }
}
