import { randomBytes } from 'node:crypto';
import type { Binding, Handle } from './binding.js';
import { claimTemplate, VALUE } from './ed25519-objects.js';

/** The most claims that are looked at: more processes than ever generate one key at the same moment. */
const MOST = 1_000;

/**
 * The claims of processes that are about to generate one key. Labels need not be unique, and a module has no atomic "create if
 * absent". A process that finds another claim after it made its own takes its own back, so that at most one goes on, and no
 * process ever sees a key that is removed again.
 */
export class GenerationClaims {
  /** The values of the claims of others that were there at every look. A process that was killed leaves such a claim. */
  #lasting: Set<string> | undefined;

  constructor(
    private readonly module: Binding,
    private readonly session: Handle,
    private readonly keyId: string,
  ) {}

  /** Runs a function while this process holds the only claim. @returns undefined if another one has a claim, too. */
  whileOnly<T>(run: () => T): T | undefined {
    const value = randomBytes(16);
    const own = this.module.C_CreateObject(this.session, claimTemplate(this.keyId, value));
    try {
      const others = [...this.#all().keys()].filter((each) => each !== value.toString('hex'));
      const known = this.#lasting;
      this.#lasting = new Set(known ? others.filter((each) => known.has(each)) : others);
      return others.length === 0 ? run() : undefined;
    } finally {
      this.module.C_DestroyObject(this.session, own);
    }
  }

  /** Removes the claims of others that were there at every look. */
  removeLasting(): void {
    for (const [value, object] of this.#all())
      if (this.#lasting?.has(value)) this.module.C_DestroyObject(this.session, object);
  }

  #all(): Map<string, Handle> {
    const { module, session } = this;
    module.C_FindObjectsInit(session, claimTemplate(this.keyId));
    let found: Handle[];
    try {
      found = module.C_FindObjects(session, MOST);
    } finally {
      module.C_FindObjectsFinal(session);
    }
    return new Map(found.flatMap((object) => this.#valueOf(object)));
  }

  /** A claim can be taken back while it is looked at. */
  #valueOf(object: Handle): [string, Handle][] {
    try {
      const [attribute] = this.module.C_GetAttributeValue(this.session, object, [{ type: VALUE }]);
      return attribute ? [[(attribute.value as Buffer).toString('hex'), object]] : [];
    } catch {
      return [];
    }
  }
}
