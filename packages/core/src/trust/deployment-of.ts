import type { Deployment } from './deployment.js';

const deployments = new WeakMap<object, Deployment>();

/**
 * Returns the deployment of trust operations. The package does not export it, so that plugins cannot reach keys and
 * stores.
 */
export const deploymentOf = (trust: object): Deployment => deployments.get(trust) as Deployment;

/** Gives trust operations their deployment. */
export const belongTo = (trust: object, deployment: Deployment): void =>
  void deployments.set(trust, deployment);
