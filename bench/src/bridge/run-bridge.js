// Measures calls over the bridge in a process of its own and prints the times as JSON; its arguments are the scale, and what of
// it to measure: all, unless named.
import { measureBridge } from './measure-bridge.js';

const [, , scale = 'full', ...parts] = process.argv;
console.log(JSON.stringify(await measureBridge(scale, parts)));
