export * from './chain/index.js';
export * from './constraints/index.js';
export * from './errors/index.js';
export * from './operations/index.js';
export * from './signing/index.js';
export * from './store/index.js';
export * from './wire/index.js';
