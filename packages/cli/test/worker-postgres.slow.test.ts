import { sharedServer } from '../../store-postgres/test/server/shared-server.js';
import { describeWorker } from './support/describe-worker.js';
import { makeWorld } from './support/world.js';

const server = sharedServer();

describeWorker('PostgreSQL', () => makeWorld(`postgres:${server.url}`, server.schema()));
