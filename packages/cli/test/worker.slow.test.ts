import { describeWorker } from './support/describe-worker.js';
import { makeWorld } from './support/world.js';

describeWorker('SQLite', () => makeWorld());
