/** What the end of a release on ECS is told, and what it prints. */
import type { LedgerRequest, ReleaseReport } from "../../releases/types.ts";

/** One service, steady in its new version. */
export interface ReleasedService {
  /** What people call the version: the image's tag. */
  tag: string;
  /** ARN of the task definition that it runs, with its revision. */
  taskDefinition: string;
}

export interface EcsReleaseRequest {
  /** `PROJECT/STACK`. */
  stack: string;
  /** ARN of the cluster. */
  cluster: string;
  /** Region that all of it is in. */
  region: string;
  /** By the service's name; what it is called at AWS. */
  serviceNames: Record<string, string>;
  services: Record<string, ReleasedService>;
  ledger: LedgerRequest;
}

/** The report, and what is remembered beside it. */
export interface EcsReleaseOutput extends ReleaseReport {
  /** ARN by the service's name. */
  taskDefinitions: Record<string, string>;
  /** Encrypted. */
  ledger: string;
}
