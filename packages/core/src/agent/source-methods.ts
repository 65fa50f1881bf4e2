import { describe, InvalidArgumentError, InvocationError, MissingRoleMethodError } from '../errors/index.js';
import type { Callable } from '../invocation/actor.js';
import type { InvocationContext } from '../invocation/context.js';
import { methodsOf } from './agent-like.js';
import { ROLE_METHODS } from './role-methods.js';

/** The object or function that does an agent's work, and which of its methods can be called. */
export class SourceMethods implements Callable {
  /** Whether the agent does its work in another process. */
  readonly isRemote: boolean;
  readonly #source: object;
  readonly #declared: ReadonlySet<string>;

  /**
   * @param source - a function, or an object with a method `run`.
   * @param declared - methods that can be called in addition to `run` and those of roles.
   * @throws InvalidArgumentError.
   */
  constructor(
    /** The agent's id. */
    readonly id: string,
    /** The agent's name. */
    readonly name: string,
    source: unknown,
    declared: readonly string[],
  ) {
    this.#source = expectSource(name, source);
    this.isRemote = (this.#source as { isRemote?: unknown }).isRemote === true;
    this.#declared = new Set(declared);
  }

  /** The names of the methods that patterns can call. */
  get methods(): readonly string[] {
    const source = this.#source;
    if (typeof source === 'function') return ['run'];
    return methodsOf(source).filter((name) => this.#isOffered(name));
  }

  /** Checks that a method can be called. */
  expectMethod(method: string): void {
    this.#methodOf(method);
  }

  /** Calls a method. */
  call(method: string, input: unknown, context: InvocationContext): unknown {
    return Reflect.apply(this.#methodOf(method), this.#source, [input, context]);
  }

  #isOffered(method: string): boolean {
    return method === 'run' || ROLE_METHODS.has(method) || this.#declared.has(method);
  }

  #methodOf(method: string): (...given: unknown[]) => unknown {
    const source = this.#source;
    if (typeof source === 'function' && method === 'run') return source as never;
    const found =
      typeof source === 'function' || method in Object.prototype
        ? undefined
        : (source as Record<string, unknown>)[method];
    if (typeof found !== 'function') throw new MissingRoleMethodError(this.name, [method], this.methods);
    if (!this.#isOffered(method)) throw InvocationError.methodNotDeclared(this.name, method, this.methods);
    return found as never;
  }
}

function expectSource(name: string, source: unknown): object {
  if (typeof source === 'function') return source;
  if (
    typeof source === 'object' &&
    source !== null &&
    typeof (source as { run?: unknown }).run === 'function'
  )
    return source;
  throw new InvalidArgumentError(`\`agent\` of '${name}' must be something to run`, {
    expected: 'a function, or an object with a method `run`',
    received: describe(source),
    remedy: 'Pass the function or object that does the work as `agent`: agent: (input, context) => …',
  });
}
