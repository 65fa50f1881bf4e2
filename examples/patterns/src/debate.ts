import { fileURLToPath } from 'node:url';
import type { InvocationContext, OrchestrationResult } from '@kaizen-eatp/core';
import type { DebateResult } from '@kaizen-eatp/patterns';
import { chat, startModelServer } from './model-server.ts';
import { json, type Print, printTrail, team } from './team.ts';

interface Question {
  readonly topic: string;
  readonly facts: readonly { readonly position: string; readonly weight: number; readonly fact: string }[];
}

const question: Question = json('night-batch.json');

/** A debater as in Kaizen: it has only `run`, its input fields say which part it plays, and a model finds the words. */
const debater =
  (url: string) =>
  async (fields: Record<string, string>, { signal }: InvocationContext): Promise<Record<string, string>> => {
    if ('opponent_argument' in fields) {
      const { original_position: position, opponent_argument: argument } = fields;
      return { rebuttal: await chat(url, `Rebut. You are ${position}.`, argument as string, signal) };
    }
    const { position, topic } = fields;
    return { argument: await chat(url, `Argue. You are ${position}.`, topic as string, signal) };
  };

/** The judge weighs the facts in the arguments and ignores the words around them. */
function judge(sides: Record<string, string>): Record<string, unknown> {
  const weight = (argument: string, position: string): number =>
    question.facts
      .filter((fact) => fact.position === position && argument.includes(fact.fact))
      .reduce((sum, fact) => sum + fact.weight, 0);
  const pro = weight(sides.proponent_argument as string, 'for');
  const con = weight(sides.opponent_argument as string, 'against');
  const decision = pro > con ? 'for' : con > pro ? 'against' : 'tie';
  const confidence = (Math.max(pro, con) / (pro + con)).toFixed(2);
  return { decision, reasoning: `facts weigh ${pro} to ${con}`, confidence };
}

/** Stands in for the model: returns the facts of the side that the prompt names. */
function complete(messages: readonly { readonly content: string }[]): string {
  const [system = '', said = ''] = messages.map(({ content }) => content);
  const position = /You are (for|against)\./.exec(system)?.[1];
  const facts = question.facts.filter((fact) => fact.position === position).map(({ fact }) => fact);
  if (system.startsWith('Argue')) return `"${said}": I am ${position}, because ${facts.join('; and ')}.`;
  return `That ${said.split('because ')[1]?.split(';')[0]} does not outweigh that ${facts[0]}.`;
}

/** Two models debate before a judge that weighs facts, not words. */
export async function main(print: Print = console.log): Promise<OrchestrationResult<DebateResult>> {
  const model = await startModelServer(complete);
  try {
    const runtime = await team({
      judge: { agent: judge, capabilities: ['argue', 'rebut'] },
      alice: { agent: debater(model.url) },
      bob: { agent: debater(model.url) },
    });
    const result = await runtime.execute(question.topic, {
      pattern: 'debate',
      taskId: 'night-batch',
      options: { constraints: ['read_only'] },
    });
    const { decision, winner, reasoning, confidence, rounds } = result.result;
    print(
      `${decision} (${winner}): ${reasoning}, confidence ${confidence}; ${model.completions} completions`,
    );
    for (const round of rounds) print(`  for: ${round.for.argument}\n  against: ${round.against.argument}`);
    printTrail(result, print);
    return result;
  } finally {
    await model.close();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
