// The same stand-in as in the other examples: an OpenAI-compatible server on this machine.
import { type ModelServer, startModelServer } from '../../patterns/src/model-server.ts';

/** Stands in for a model: finds the figures in the prompt, and argues from them in the JSON that Kaizen's client expects. */
export function startModel(): Promise<ModelServer> {
  return startModelServer((messages) => {
    const asked = messages.map(({ content }) => content).join('\n');
    const figures = [...asked.matchAll(/(\d{4}-\d{2}): (\d+) minutes/g)].map(([, month, minutes]) => ({
      month,
      minutes: Number(minutes),
    }));
    const deploys = /deploys caused (\d+) minutes/.exec(asked)?.[1];
    const points = figures.map(({ month, minutes }) => `${month}: ${minutes}`);
    const argument =
      figures.length === 0
        ? 'I was given no figures.'
        : `Services were down for ${figures.map(({ minutes }) => minutes).join(' , ')} minutes, and deploys alone caused ${deploys} of them.`;
    return JSON.stringify({ argument, key_points: points });
  });
}
