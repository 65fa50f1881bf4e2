export { type BranchResult, parallel, type ParallelOptions } from './parallel.js';
export { sequential, type SequentialOptions } from './sequential.js';
