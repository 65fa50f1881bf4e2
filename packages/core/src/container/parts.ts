import { PluginError } from '../errors/index.js';
import type { Injection } from './injection.js';
import { forbiddenForPatterns } from './provider.js';
import { GUARDED_TOKENS, type Token, tokenName } from './tokens.js';

/** How one part is made. */
export interface Recipe {
  /** The token under which other parts ask for it. Without one nothing can ask for it. */
  readonly token?: Token<unknown>;
  /** Names the part in errors. */
  readonly name: string;
  /** The parts that its constructor or factory takes, in order. */
  readonly injections: readonly Injection[];
  /** Makes it. */
  readonly make: (parts: readonly unknown[]) => unknown;
  /** Whether the container made it, and so starts and closes it. */
  readonly isOwned: boolean;
  /** `pattern` for a pattern; `shared` for a part that patterns can have. */
  readonly visibility: 'private' | 'shared' | 'pattern';
  /** How long the part lives. */
  readonly lifetime: 'container' | 'scope';
  /** The values that replace registered parts for this recipe alone. */
  readonly instead?: ReadonlyMap<Token<unknown>, unknown>;
  /** Starts the part. */
  readonly start?: (part: unknown) => unknown;
  /** Closes the part. */
  readonly close?: (part: unknown) => unknown;
}

/** A part that was made. */
export interface Part {
  /** The recipe that the part was made by. */
  readonly recipe: Recipe;
  /** The part itself. */
  readonly value: unknown;
}

/** The parts of a container, or of a scope in it: how they are made, in which order, and the parts themselves. */
export class Parts {
  readonly #recipes = new Map<Token<unknown>, Recipe>();
  readonly #all: Recipe[] = [];
  readonly #made = new Map<Recipe, unknown>();

  constructor(
    /** The parts of the scope around this one. */
    readonly parent?: Parts,
  ) {}

  /** The recipes of parts that each scope makes for itself, from this container and those around it. */
  get scopeRecipes(): readonly Recipe[] {
    const own = this.#all.filter(({ lifetime }) => lifetime === 'scope');
    const hidden = new Set(own.map(({ token }) => token));
    return [...(this.parent?.scopeRecipes ?? []).filter(({ token }) => !hidden.has(token)), ...own];
  }

  /** Adds a recipe. The part is made when it is first needed. */
  add(recipe: Recipe): void {
    this.#all.push(recipe);
    if (recipe.token !== undefined) this.#recipes.set(recipe.token, recipe);
  }

  /**
   * Returns the recipes in an order in which each comes after everything that it takes.
   *
   * @throws PluginError for a missing part, a cycle, or a guarded part that a pattern would get.
   */
  order(): readonly Recipe[] {
    const ordered = new Set<Recipe>();
    const visit = (recipe: Recipe, path: readonly Recipe[]): void => {
      if (ordered.has(recipe)) return;
      if (path.includes(recipe)) throw cycle([...path.slice(path.indexOf(recipe)), recipe]);
      for (const { token, isOptional } of recipe.injections) {
        const needed = this.#neededBy(recipe, token, isOptional === true);
        if (needed !== undefined && !this.#isAbove(needed)) visit(needed, [...path, recipe]);
      }
      ordered.add(recipe);
    };
    for (const recipe of this.#all) if (recipe.lifetime === 'container') visit(recipe, []);
    for (const recipe of ordered) if (recipe.visibility !== 'private') this.#expectNothingGuarded(recipe);
    return [...ordered];
  }

  /** Returns the parts that a recipe takes; all of them have been made. */
  takenBy(recipe: Recipe): readonly unknown[] {
    return recipe.injections.map(({ token }) => {
      if (recipe.instead?.has(token)) return recipe.instead.get(token);
      const needed = this.recipeOf(token);
      return needed && this.madeBy(needed);
    });
  }

  /** Keeps a part that was made. */
  keep({ recipe, value }: Part): void {
    this.#made.set(recipe, value);
  }

  /** @throws PluginError `PLUGIN_INVALID` if nothing is registered under the token. */
  resolve(token: Token<unknown>): unknown {
    const recipe = this.recipeOf(token);
    if (recipe === undefined || !this.isMade(recipe)) throw missing(token, 'resolve()');
    return this.madeBy(recipe);
  }

  private recipeOf(token: Token<unknown>): Recipe | undefined {
    return this.#recipes.get(token) ?? this.parent?.recipeOf(token);
  }

  private madeBy(recipe: Recipe): unknown {
    return this.#made.has(recipe) ? this.#made.get(recipe) : this.parent?.madeBy(recipe);
  }

  private isMade(recipe: Recipe): boolean {
    return this.#made.has(recipe) || this.parent?.isMade(recipe) === true;
  }

  #isAbove(recipe: Recipe): boolean {
    return !this.#all.includes(recipe);
  }

  #neededBy(recipe: Recipe, token: Token<unknown>, isOptional: boolean): Recipe | undefined {
    if (recipe.instead?.has(token)) return undefined;
    const needed = this.recipeOf(token);
    if (recipe.visibility === 'pattern') {
      if (GUARDED_TOKENS.includes(token)) throw forbiddenForPatterns(recipe.name, tokenName(token));
      if (needed !== undefined && needed.visibility !== 'shared') throw notForPatterns(recipe, token);
    }
    if (needed === undefined && isOptional) return undefined;
    if (needed === undefined) throw missing(token, recipe.name);
    if (needed.lifetime === 'scope') throw outlives(recipe, token);
    return needed;
  }

  /** A service of a pattern must not hold a part that the pattern itself could not have, at any depth. */
  #expectNothingGuarded(recipe: Recipe, seen = new Set<Recipe>(), first = recipe): void {
    if (seen.has(recipe)) return;
    seen.add(recipe);
    for (const { token } of recipe.injections) {
      if (GUARDED_TOKENS.includes(token)) throw forbiddenForPatterns(first.name, tokenName(token));
      const needed = recipe.instead?.has(token) ? undefined : this.recipeOf(token);
      if (needed !== undefined) this.#expectNothingGuarded(needed, seen, first);
    }
  }
}

const missing = (token: Token<unknown>, who: string): PluginError =>
  new PluginError('PLUGIN_INVALID', `Nothing is registered under the token ${tokenName(token)}`, {
    expected: `a provider of the token that ${who} asks for`,
    received: 'none',
    remedy: 'Add it to `providers`: { token, useValue }, { token, useClass } or { token, useFactory }.',
    evidence: { token: tokenName(token), askedForBy: who },
  });

const notForPatterns = (recipe: Recipe, token: Token<unknown>): PluginError =>
  new PluginError('PLUGIN_INVALID', `Patterns cannot have ${tokenName(token)}`, {
    expected: 'a provider with `forPatterns: true`',
    received: `${recipe.name}, which asks for a part that is not for patterns`,
    remedy: 'Set `forPatterns: true` at its provider, if nothing could act past the guard with it.',
  });

const outlives = (recipe: Recipe, token: Token<unknown>): PluginError =>
  new PluginError('PLUGIN_INVALID', `${tokenName(token)} lives only as long as a scope`, {
    expected: 'a part of the container that takes only parts of the container',
    received: `${recipe.name}, which lives as long as the container and asks for it`,
    remedy: "Give both the same `lifetime`, 'container' or 'scope'.",
  });

const cycle = (path: readonly Recipe[]): PluginError =>
  new PluginError('PLUGIN_INVALID', 'These parts need each other', {
    expected: 'parts that can be made one after the other',
    received: path.map(({ name }) => name).join(' → '),
    remedy: 'Remove one of these dependencies, for instance by passing the value to a method.',
  });
