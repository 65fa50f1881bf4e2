// Measures one store in a process of its own and prints the times as JSON: its name, then the scale.
import { measureStore } from './measure-store.js';
import { measureRunPages } from './run-pages.js';
import { measureSharedTrail } from './shared-trail.js';

const [id, scale = 'full'] = process.argv.slice(2);
const { setup } = await import(`./${id}.js`);
const measured = await setup();
try {
  const times = await measureStore(measured, scale);
  const shared = await measureSharedTrail(id, measured, scale);
  const statements = await measured.countRun?.();
  // Last, since what it adds to the store is not part of anything else.
  const pages = await measureRunPages(measured.empty, scale);
  console.log(JSON.stringify({ ...times, shared, statements, pages }));
} finally {
  await measured.close();
}
