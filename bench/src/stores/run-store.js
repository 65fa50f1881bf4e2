// Measures one store in a process of its own and prints the times as JSON: its name, then the scale.
import { measureStore } from './measure-store.js';
import { measureSharedTrail } from './shared-trail.js';

const [id, scale = 'full'] = process.argv.slice(2);
const { setup } = await import(`./${id}.js`);
const measured = await setup();
try {
  const times = await measureStore(measured, scale);
  const shared = await measureSharedTrail(id, measured, scale);
  console.log(JSON.stringify({ ...times, shared, statements: await measured.countRun?.() }));
} finally {
  await measured.close();
}
