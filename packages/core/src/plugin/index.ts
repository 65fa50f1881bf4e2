import 'reflect-metadata';

export { inject, injectable } from 'tsyringe';
export { ConstraintEvaluatorPlugin, Pattern, type PluginDefinition, TrustStorePlugin } from './decorators.js';
export {
  createContainer,
  type PluginContainer,
  type PluginContainerOptions,
  type Provider,
} from './plugin-container.js';
export {
  CLOCK,
  CONSTRAINT_EVALUATOR,
  KEY_MANAGER,
  type Token,
  TRUST_OPERATIONS,
  TRUST_STORE,
} from './tokens.js';
