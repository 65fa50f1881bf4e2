export type { AgentDefinition, DeploymentOptions } from './deployment-options.js';
export { type DeploymentRuntimeOptions, type OpenDeployment, openDeployment } from './open-deployment.js';
