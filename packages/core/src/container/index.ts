export type {
  ContainerOptions,
  ContainerScope,
  PluginContainer,
  Providers,
  ScopeOptions,
  SelectablePattern,
} from './container-options.js';
export { createContainer, createContainerAsync } from './create-container.js';
export { ConstraintEvaluatorPlugin, Pattern, type PluginDefinition, TrustStorePlugin } from './decorators.js';
export { type Class, type Injection, inject, injectable, optional } from './injection.js';
export {
  type ClassProvider,
  type FactoryProvider,
  type MadeBase,
  type Provider,
  type ProviderBase,
  provide,
  type ValueProvider,
} from './provider.js';
export type { NamedPlugin, Selectable } from './select.js';
export {
  CLOCK,
  CONSTRAINT_EVALUATORS,
  KEY_MANAGER,
  PLUGIN_OPTIONS,
  type Token,
  TRUST_OPERATIONS,
  TRUST_STORE,
} from './tokens.js';
