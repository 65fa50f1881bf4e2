// Tries the Python package as its users get it: builds the wheel, installs it with the extra `kaizen` (which brings
// kailash-kaizen[observability]) into a new virtual environment, and joins a Kaizen agent from there.
//
//   npm run build && npm exec -- node scripts/try-wheel.mjs [PYTHON]
import { deepStrictEqual } from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { spawnPythonAgents } from '@kaizen-eatp/bridge-python';
import { TrustOperations } from '@kaizen-eatp/core';

const AGENT = `from dataclasses import dataclass
from kaizen.core.base_agent import BaseAgent
from kaizen.signatures import InputField, OutputField, Signature

class Question(Signature):
    question: str = InputField(description="what is asked")
    answer: str = OutputField(description="the answer")

@dataclass
class Config:
    llm_provider: str = "mock"
    model: str = "mock-model"

class QA(BaseAgent):
    def __init__(self, config: Config):
        super().__init__(config=config, signature=Question())

    def ask(self, question: str) -> dict:
        return {"asked": question, "by": type(self).__name__}
`;

const folder = mkdtempSync(join(tmpdir(), 'try-wheel-'));
const [python = 'python3'] = process.argv.slice(2);
const inVenv = join(folder, 'venv', 'bin', 'python');
const pip = (...args) =>
  execFileSync(inVenv, ['-m', 'pip', 'install', '-q', '--no-compile', ...args], { stdio: 'inherit' });
try {
  execFileSync(python, ['-m', 'venv', join(folder, 'venv')]);
  cpSync(
    fileURLToPath(new URL('../packages/bridge-python/python/', import.meta.url)),
    join(folder, 'source'),
    {
      recursive: true,
    },
  );
  execFileSync(inVenv, ['-m', 'pip', 'wheel', '-q', '--no-deps', '-w', folder, join(folder, 'source')]);
  const wheel = readdirSync(folder).find((name) => name.endsWith('.whl'));
  pip(`${join(folder, wheel)}[kaizen]`);
  const module = join(folder, 'agents.py');
  writeFileSync(module, AGENT);
  const trust = new TrustOperations();
  const { id: authorityId } = await trust.createEnterpriseAuthority({ name: 'Wheel' });
  const workers = await spawnPythonAgents({ trust, authorityId, module, agents: ['QA'], python: inVenv });
  const [{ versions, verify }] = workers.bridge.workers;
  deepStrictEqual(await workers.agents.QA.run({ question: 'why?' }), { asked: 'why?', by: 'QA' });
  await workers.close();
  const found = Object.entries(versions).map((entry) => entry.join(' '));
  console.log(`ok  ${wheel}, verify ${verify}, ${found.join(', ')}`);
} finally {
  rmSync(folder, { recursive: true });
}
