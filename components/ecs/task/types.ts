/** A task definition's containers as the API of ECS has them, and what is known only when they are written. Times in seconds, sizes in MiB. */

/** What tasks run on: machines of AWS's own, or instances of the cluster. */
export type Capacity = "fargate" | "ec2";

/** What a service's containers are made of, beside its definition: resolved values. */
export interface TaskFacts {
  capacity: Capacity;
  /** Of the service, by digest. */
  image: string;
  /** Of the containers that deliver files of secrets and check the service's health, by digest. */
  helperImage?: string;
  /** Of the container that routes logs (FireLens); only for services whose logging driver is `awsfirelens`. */
  logRouterImage?: string;
  /** All that is no secret, by name. */
  environment: Record<string, string>;
  /** ARN of the parameter or secret, by the secret's name. */
  secretArns: Record<string, string>;
  /** Stands for the secrets' values where their ARNs do not change with them. */
  fingerprint?: string;
  logs: { group: string; region: string };
  /** By the volume's name. */
  fileSystems: Record<string, FileSystem>;
}

/** Where a volume is kept. */
export interface FileSystem {
  fileSystemId: string;
  accessPointId: string;
}

export interface NamedValue {
  name: string;
  value: string;
}

export interface SecretReference {
  name: string;
  /** ARN. */
  valueFrom: string;
}

export interface PortMapping {
  containerPort: number;
  hostPort?: number;
  protocol?: "tcp" | "udp";
  /** What Service Connect calls it. */
  name?: string;
  /** Absent: TCP. */
  appProtocol?: "http" | "http2" | "grpc";
}

export interface MountPoint {
  sourceVolume: string;
  containerPath: string;
  readOnly?: boolean;
}

export interface Dependency {
  containerName: string;
  condition: "START" | "COMPLETE" | "SUCCESS" | "HEALTHY";
}

export interface ContainerHealthCheck {
  /** Begins with `CMD`. */
  command: string[];
  interval?: number;
  timeout?: number;
  /** Failures in a row that make the container unhealthy. */
  retries?: number;
  /** In which failures do not count. */
  startPeriod?: number;
}

export interface LinuxParameters {
  capabilities?: { add?: string[]; drop?: string[] };
  initProcessEnabled?: boolean;
  sharedMemorySize?: number;
  tmpfs?: { containerPath: string; size: number; mountOptions?: string[] }[];
}

export interface LogConfiguration {
  logDriver: string;
  options?: Record<string, string>;
}

/** One container of a task. Absent is AWS's default. */
export interface ContainerDefinition {
  name: string;
  image: string;
  /** CPU units: 1024 are a core. 0 is what is left over. */
  cpu?: number;
  /** Most that it may use. */
  memory?: number;
  /** Whether the task ends with it. */
  essential?: boolean;
  entryPoint?: string[];
  command?: string[];
  environment?: NamedValue[];
  secrets?: SecretReference[];
  portMappings?: PortMapping[];
  mountPoints?: MountPoint[];
  volumesFrom?: { sourceContainer: string; readOnly?: boolean }[];
  dependsOn?: Dependency[];
  healthCheck?: ContainerHealthCheck;
  stopTimeout?: number;
  user?: string;
  readonlyRootFilesystem?: boolean;
  dockerSecurityOptions?: string[];
  dockerLabels?: Record<string, string>;
  linuxParameters?: LinuxParameters;
  ulimits?: { name: string; softLimit: number; hardLimit: number }[];
  systemControls?: { namespace: string; value: string }[];
  logConfiguration?: LogConfiguration;
  firelensConfiguration?: { type: "fluentbit" | "fluentd"; options?: Record<string, string> };
}
