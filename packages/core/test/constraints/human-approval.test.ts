import { expect, it } from 'vitest';
import { HumanApproval } from '../../src/constraints/builtin/human-approval.js';

const evaluator = new HumanApproval();
const permits = (label: string, approvedBy: string[]) =>
  evaluator.evaluate({ label, guarded: true, method: 'run', approvedBy } as never).permitted;

it.each(['human_approval:carol', ' human_approval:carol', 'Human_Approval : carol'])(
  'label %j needs the approval of the person',
  (label) => {
    expect(evaluator.matches(label)).toBe(true);
    expect(permits(label, [])).toBe(false);
    expect(permits(label, ['dan'])).toBe(false);
    expect(permits(label, ['carol'])).toBe(true);
  },
);

it('counts each of the named people once', () => {
  const label = 'human_approval:2:carol,dan';
  expect(permits(label, ['carol'])).toBe(false);
  expect(permits(label, ['carol', 'carol', 'erin'])).toBe(false);
  expect(permits(label, ['carol', 'dan'])).toBe(true);
});

it.each([
  'human_approval:',
  'human_approval:0:carol',
  'human_approval:2:carol',
  'human_approval:2:carol,carol',
  'human_approval:carol,',
])('label %j permits nothing, and says why', (label) => {
  expect(permits(label, ['carol', ''])).toBe(false);
  expect(evaluator.findProblem(label)).toContain('it must name the ids of the approvers');
});
