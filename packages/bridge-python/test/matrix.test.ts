import { describeMatrix } from '../../patterns/test/matrix.js';
import { remoteWorld } from './support/remote-world.js';

describeMatrix({
  name: 'in a Python worker that checks everything with the reference',
  world: (agents, store) => remoteWorld({ agents, store }, 'signature'),
});
