/// <reference types="node" preserve="true" />
/// <reference lib="esnext.disposable" preserve="true" />
// Dependency injection. The only entry point that loads tsyringe.
import './errors/supported-node.js';

export {
  CLOCK,
  type Class,
  type ClassProvider,
  CONSTRAINT_EVALUATORS,
  type ContainerOptions,
  type ContainerScope,
  createContainer,
  createContainerAsync,
  type FactoryProvider,
  type Injection,
  inject,
  injectable,
  KEY_MANAGER,
  type MadeBase,
  type NamedPlugin,
  optional,
  PLUGIN_OPTIONS,
  type PluginContainer,
  type Provider,
  type ProviderBase,
  type Providers,
  provide,
  type ScopeOptions,
  type Selectable,
  type SelectablePattern,
  type Token,
  TRUST_OPERATIONS,
  TRUST_STORE,
  type ValueProvider,
} from './container/index.js';
