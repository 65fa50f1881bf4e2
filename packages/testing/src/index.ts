export { type ConformanceReport, type Finding, formatReport } from './conformance/conformance-report.js';
export type { Requirement } from './conformance/requirement.js';
export {
  type SignedConformanceReport,
  type SignReportOptions,
  signReport,
  verifyReport,
} from './conformance/signed-report.js';
export { suites } from './conformance/suites.js';
export type { Thoroughness } from './conformance/thoroughness.js';
export { runEngineConformance } from './engine/engine-conformance.js';
export type {
  EnginePlace,
  EnginePlaceFactory,
  OpenEngine,
  RunEngineConformanceSetup,
} from './engine/engine-place.js';
export { type EngineRequirementId, engineRequirements } from './engine/engine-requirements.js';
export { evaluatorConformance } from './evaluator/evaluator-conformance.js';
export { type EvaluatorRequirementId, evaluatorRequirements } from './evaluator/evaluator-requirements.js';
export type { EvaluatorCase, EvaluatorConformanceSetup } from './evaluator/evaluator-setup.js';
export { FailingStore, type FailurePlan, failingStore } from './fakes/failing-store.js';
export { ForwardingStore } from './fakes/forwarding-store.js';
export { FIXTURE_TIME, type ManualClock, manualClock } from './fakes/manual-clock.js';
export { answers, computes, delays, fails, hangs, type ScriptStep } from './fakes/script.js';
export { type Script, type ScriptedAgent, type ScriptedCall, scriptedAgent } from './fakes/scripted-agent.js';
export { SeededKeyManager } from './fakes/seeded-key-manager.js';
export {
  PEOPLE,
  type Person,
  type TrustWorld,
  type TrustWorldOptions,
  trustWorld,
} from './fakes/trust-world.js';
export { YieldingStore } from './fakes/yielding-store.js';
export { patternConformance } from './pattern/pattern-conformance.js';
export { type PatternRequirementId, patternRequirements } from './pattern/pattern-requirements.js';
export type {
  FailureTolerance,
  PatternConformanceSetup,
  RolePlayer,
  ScriptedFailure,
} from './pattern/pattern-setup.js';
export { trustStoreConformance } from './store/store-conformance.js';
export type {
  StoreAbilities,
  StorePlace,
  StorePlaceFactory,
  TrustStoreConformanceSetup,
} from './store/store-place.js';
export { type TrustStoreRequirementId, trustStoreRequirements } from './store/store-requirements.js';
