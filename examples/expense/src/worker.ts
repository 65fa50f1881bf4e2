// A worker in a process of its own. Any number of them can serve the runs of the store; this example kills one.
import { worker } from '@kaizen-eatp/core/durable';
import { expensePattern } from './pattern.ts';
import { makeClerk, openTrust, type Place, spawnAuditor } from './team.ts';

const place = JSON.parse(process.argv[2] ?? '') as Place;
const { trust } = await openTrust(place.folder);
const python = await spawnAuditor(trust, place);
const { auditor } = python.agents;
if (!auditor) throw new Error('The Python auditor did not join.');
const serving = await worker({ trust, agents: [makeClerk(trust), auditor], patterns: [expensePattern] });
process.send?.('ready');
process.once('SIGTERM', async () => {
  await serving.stop();
  await python.close();
  process.exit(0);
});
