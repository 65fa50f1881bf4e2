import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { BUILTIN_LABELS, builtinConstraintEvaluators } from '../../src/constraints/builtin/index.js';
import { RequestMaker } from '../../src/constraints/constraint-request.js';
import { LIMIT_NAMES } from '../../src/constraints/read-limits.js';

const page = readFileSync(new URL('../../../../docs/constraints.md', import.meta.url), 'utf8');
const rows = [...page.matchAll(/^\| `([^`]+)` \|/gm)].map((match) => match[1]);

describe('docs/constraints.md', () => {
  it('has one row for each built-in label and each limit of a record, and for nothing else', () => {
    expect([...rows].sort()).toEqual([...BUILTIN_LABELS, ...LIMIT_NAMES].sort());
  });

  it('names every part of a request', () => {
    const parts = Object.keys(new RequestMaker({ action: 'a', now: 0 }).about('x'));
    const list = page.slice(page.indexOf('The request is a frozen copy'), page.indexOf('`input` is copied'));
    expect([...list.matchAll(/`(\w+)`/g)].map((match) => match[1])).toEqual(parts);
  });
});

it('each built-in evaluator is responsible for a label in the list, and each label has one evaluator', () => {
  const evaluators = builtinConstraintEvaluators();
  const responsible = BUILTIN_LABELS.map((label) =>
    evaluators.filter((evaluator) => evaluator.matches(label.replace('…', '_9_17'))),
  );
  expect(responsible.map((found) => found.length)).toEqual(BUILTIN_LABELS.map(() => 1));
  expect(new Set(responsible.flat()).size).toBe(evaluators.length);
});
