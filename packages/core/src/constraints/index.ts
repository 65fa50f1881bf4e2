export * from './constraint-evaluator.js';
export * from './constraint-registry.js';
