// Measures calls over the bridge in a process of its own and prints the times as JSON; its argument is the scale.
import { measureBridge } from './measure-bridge.js';

console.log(JSON.stringify(await measureBridge(process.argv[2] ?? 'full')));
