// Measures one store in a process of its own and prints the times as JSON: its name, then --quick or nothing.
import { measureStore } from './measure-store.js';

const [id, ...flags] = process.argv.slice(2);
const { setup } = await import(`./${id}.js`);
const measured = await setup();
try {
  console.log(JSON.stringify(await measureStore(measured, flags.includes('--quick'))));
} finally {
  await measured.close();
}
