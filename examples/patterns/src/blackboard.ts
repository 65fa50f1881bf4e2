import { fileURLToPath } from 'node:url';
import type { OrchestrationResult } from '@kaizen-eatp/core';
import type { BlackboardResult, BlackboardState } from '@kaizen-eatp/patterns';
import { type Print, printTrail, team, text } from './team.ts';

interface Placement {
  readonly cell: number;
  readonly digit: string;
}

interface View {
  readonly state: BlackboardState;
}

const DIGITS = [...'123456789'];
const row = (cell: number): number => Math.floor(cell / 9);
const column = (cell: number): number => cell % 9;
const box = (cell: number): number => Math.floor(row(cell) / 3) * 3 + Math.floor(column(cell) / 3);
const CELLS = Array.from({ length: 81 }, (_, cell) => cell);
const UNITS = [row, column, box].flatMap((unitOf) =>
  Array.from({ length: 9 }, (_, unit) => CELLS.filter((cell) => unitOf(cell) === unit)),
);

/** Returns the board with all digits that were contributed so far. */
export function boardOf({ input, contributions }: BlackboardState): string[] {
  const board = [...(input as string)];
  for (const { content } of contributions) {
    for (const { cell, digit } of (content as { placements: Placement[] }).placements) board[cell] = digit;
  }
  return board;
}

function candidates(board: readonly string[], cell: number): string[] {
  if (board[cell] !== '.') return [];
  const seen = new Set(
    UNITS.filter((unit) => unit.includes(cell)).flatMap((unit) => unit.map((at) => board[at])),
  );
  return DIGITS.filter((digit) => !seen.has(digit));
}

/** Finds the cells that have only one candidate. */
const nakedSingles = (board: readonly string[]): Placement[] =>
  CELLS.flatMap((cell) => {
    const [digit, ...others] = candidates(board, cell);
    return digit && others.length === 0 ? [{ cell, digit }] : [];
  });

/** Finds the digits that have only one possible cell in a row, column or box. */
const hiddenSingles = (board: readonly string[]): Placement[] =>
  UNITS.flatMap((unit) =>
    DIGITS.flatMap((digit) => {
      const [cell, ...others] = unit.filter((at) => candidates(board, at).includes(digit));
      return cell !== undefined && others.length === 0 ? [{ cell, digit }] : [];
    }),
  );

const specialist = (type: string, find: (board: readonly string[]) => Placement[]) => ({
  run: () => undefined,
  contribute: ({ state }: View) => ({ type, placements: find(boardOf(state)) }),
});

const controller = {
  run: () => undefined,
  selectSpecialist: ({ state }: View) =>
    boardOf(state).includes('.')
      ? { solved: false, specialists: ['naked', 'hidden'] }
      : { solved: true, reason: 'every cell has its digit' },
};

/** Two specialists solve a sudoku together. Neither is allowed to do anything but contribute. */
export async function main(print: Print = console.log): Promise<OrchestrationResult<BlackboardResult>> {
  const given = ['analyze', 'contribute', 'blackboard_contribution'];
  const runtime = await team({
    controller: { agent: controller, capabilities: given },
    naked: { agent: specialist('naked_singles', nakedSingles), capabilities: ['blackboard_contribution'] },
    hidden: { agent: specialist('hidden_singles', hiddenSingles), capabilities: ['blackboard_contribution'] },
  });
  const result = await runtime.execute(text('sudoku.txt').replaceAll('\n', ''), {
    pattern: 'blackboard',
    taskId: 'sudoku',
    options: { rounds: 20 },
  });
  const { solved, reason, rounds, state } = result.result;
  print(`${solved ? 'Solved' : 'Not solved'} in ${rounds} rounds: ${reason}`);
  for (let at = 0; at < 81; at += 9)
    print(
      `  ${boardOf(state)
        .slice(at, at + 9)
        .join(' ')}`,
    );
  printTrail(result, print);
  return result;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
