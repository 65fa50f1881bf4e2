import 'reflect-metadata';

export { inject, injectable } from 'tsyringe';
export {
  createContainer,
  type PluginContainer,
  type PluginContainerOptions,
  type Provider,
} from './create-container.js';
export { ConstraintEvaluatorPlugin, Pattern, type PluginDefinition, TrustStorePlugin } from './decorators.js';
export {
  CLOCK,
  CONSTRAINT_EVALUATOR,
  KEY_MANAGER,
  type Token,
  TRUST_OPERATIONS,
  TRUST_STORE,
} from './tokens.js';
