import { blackboard } from './blackboard.js';
import { consensus } from './consensus.js';
import { debate } from './debate.js';
import { ensemble } from './ensemble.js';
import { handoff } from './handoff.js';
import { parallel } from './parallel.js';
import { router } from './router.js';
import { sequential } from './sequential.js';
import { supervisorWorker } from './supervisor-worker.js';

/** All nine patterns, for `patterns: allPatterns`. */
export const allPatterns = Object.freeze([
  sequential,
  parallel,
  supervisorWorker,
  router,
  ensemble,
  blackboard,
  consensus,
  debate,
  handoff,
] as const);
