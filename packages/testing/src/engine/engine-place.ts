import type { RunEngine } from '@kaizen-eatp/core/durable';
import { parseOptions } from '@kaizen-eatp/core/plugin';
import type { TrustStore } from '@kaizen-eatp/core/store';
import { z } from 'zod';
import { expectPlaceFactory, moduleField } from '../conformance/place-setup.js';
import { type Thoroughness, thoroughnessField } from '../conformance/thoroughness.js';

/** The open store and engine of one process in a place. */
export interface OpenEngine {
  /** The trust store, which keeps the runs. */
  readonly store: TrustStore;
  /** The engine, which decides who executes them. */
  readonly engine: RunEngine;
  /** Closes both, after the workers have stopped. Default: closes the store. */
  close?(): void | Promise<void>;
}

/** A place of its own with no runs: a database file, or a schema with a queue. */
export interface EnginePlace {
  /** Opens store and engine again, as one more process would. */
  open(): OpenEngine | Promise<OpenEngine>;
  /** Is passed as JSON to the module of the setup, which opens them in another process. */
  readonly argument?: unknown;
  /** Removes the place. Everything that was opened has been closed. Default: nothing. */
  dispose?(): void | Promise<void>;
}

/** Makes an empty place. */
export type EnginePlaceFactory = () => EnginePlace | Promise<EnginePlace>;

/** The setup of the suite for one run engine. */
export interface RunEngineConformanceSetup {
  /** The engine's name, for reports. Default: `run engine`. */
  readonly name?: string;
  /** Whether several workers can serve one place at a time. Default: false, so that one waits until the other stops. */
  readonly distributed?: boolean;
  /** The longest time until a run that can be executed is executed, in milliseconds. Default: 5,000. */
  readonly within?: number;
  /** The longest time until the runs of a process that was killed are executed elsewhere, in milliseconds. Default: 15,000. */
  readonly takeOverWithin?: number;
  /**
   * The URL of a module whose default export opens store and engine in another process: it receives the `argument` of the
   * place and returns an {@link OpenEngine}. The suite kills that process. Default: none, so that a take-over is not tested.
   */
  readonly module?: string | URL;
  /** Whether to use the quick form or the full one, which executes hundreds of runs. Default: `quick`. */
  readonly thoroughness?: Thoroughness;
}

const milliseconds = z.number().positive().optional();
const setupSchema = z.strictObject({
  name: z.string().min(1).optional(),
  distributed: z.boolean().optional(),
  within: milliseconds,
  takeOverWithin: milliseconds,
  module: moduleField.optional(),
  thoroughness: thoroughnessField,
});

/** Checks a setup. @throws InvalidArgumentError. */
export function readEngineSetup(factory: unknown, setup: unknown): RunEngineConformanceSetup {
  expectPlaceFactory(factory, 'runEngineConformance');
  return parseOptions(setupSchema, setup, 'the setup of runEngineConformance()') as RunEngineConformanceSetup;
}
