import { fileURLToPath } from 'node:url';
import type { OrchestrationResult } from '@kaizen-eatp/core';
import type { ExpertResult } from '@kaizen-eatp/patterns';
import { type Print, printTrail, team, text } from './team.ts';

interface Reading {
  readonly day: number;
  readonly celsius: number;
}

export interface Finding {
  /** Degrees a day. */
  readonly trend?: number;
  readonly outlierDays?: readonly number[];
  readonly missingDays?: readonly number[];
}

/** Computes the slope of the least-squares line. */
function trend(readings: readonly Reading[]): Finding {
  const mean = (values: number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
  const x = mean(readings.map(({ day }) => day));
  const y = mean(readings.map(({ celsius }) => celsius));
  const above = readings.reduce((sum, { day, celsius }) => sum + (day - x) * (celsius - y), 0);
  const below = readings.reduce((sum, { day }) => sum + (day - x) ** 2, 0);
  return { trend: Number((above / below).toFixed(3)) };
}

/** Finds the days that are more than eight degrees away from the median of the days around them. */
function outliers(readings: readonly Reading[]): Finding {
  const outlierDays = readings
    .filter(({ celsius }, i) => {
      const around = readings.slice(Math.max(0, i - 4), i + 5).map((reading) => reading.celsius);
      const median = around.sort((a, b) => a - b)[Math.floor(around.length / 2)] as number;
      return Math.abs(celsius - median) > 8;
    })
    .map(({ day }) => day);
  return { outlierDays };
}

/** Finds the days without a reading. */
function gaps(readings: readonly Reading[]): Finding {
  const days = new Set(readings.map(({ day }) => day));
  const last = readings.at(-1)?.day ?? 0;
  return { missingDays: Array.from({ length: last }, (_, i) => i + 1).filter((day) => !days.has(day)) };
}

const synthesizer = {
  run: () => undefined,
  synthesize: ({ results }: { results: readonly ExpertResult[] }): Finding =>
    Object.assign({}, ...results.map(({ result }) => result as Finding)) as Finding,
};

/** Three statisticians look at the temperatures of a quarter, and a synthesizer makes one report of their findings. */
export async function main(print: Print = console.log): Promise<OrchestrationResult<Finding>> {
  const runtime = await team({
    trend: { agent: trend, capabilities: ['regression'] },
    outliers: { agent: outliers, capabilities: ['robust_statistics'] },
    gaps: { agent: gaps },
    synthesizer: { agent: synthesizer, capabilities: ['analyze', 'consult'] },
  });
  const readings = text('temperatures.csv').trim().split('\n').slice(1).map(parse);
  const result = (await runtime.execute(readings, {
    pattern: 'ensemble',
    taskId: 'temperatures',
    options: { constraints: ['read_only'] },
  })) as OrchestrationResult<Finding>;
  const { trend: slope, outlierDays, missingDays } = result.result;
  print(`Trend ${slope} °C a day; outliers on days ${outlierDays}; no reading on days ${missingDays}`);
  printTrail(result, print);
  return result;
}

function parse(line: string): Reading {
  const [day, celsius] = line.split(',').map(Number);
  return { day: day as number, celsius: celsius as number };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
