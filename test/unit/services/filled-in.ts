/** Definitions of one service, and what is filled in for them. */
import { expect } from "vitest";
import {
  type Image,
  type ServiceArgs,
  app,
  defineServices,
} from "../../../components/services/index.ts";
import { IMAGE } from "./bad/row.ts";

export const one = (args: Partial<ServiceArgs>) =>
  defineServices({ web: app({ image: IMAGE, port: 8080, ...args }) }).byName.web!;

export const container = {
  memory: 256,
  cpus: undefined,
  restart: { policy: "unless-stopped", maxRetries: 0 },
  logging: { driver: "local", options: { "max-file": "3", "max-size": "10m" } },
  user: undefined,
  readOnlyRoot: true,
  tmpfs: [{ at: "/tmp", size: 64 }],
  capabilities: { add: [], drop: ["ALL"] },
  noNewPrivileges: true,
  stopSignal: undefined,
  stopGrace: 10,
};

export const service = {
  ...container,
  image: expect.anything() as Image,
  command: undefined,
  environment: {},
  secrets: [],
  links: [],
  ports: {},
  replicas: 1,
  placement: { kind: "anywhere" },
  deadline: 60,
  drain: 30,
  watch: { seconds: 10, maxErrors: 5 },
  releaseOrder: "start-first",
  strategy: { kind: "blue-green" },
  smokeChecks: [],
  sticky: undefined,
  releaseCommand: undefined,
  entrypoint: undefined,
  init: true,
  hostname: undefined,
  extraHosts: {},
  dns: [],
  ulimits: {},
  sysctls: {},
  shmSize: undefined,
  pidsLimit: 2048,
  labels: {},
  bindMounts: [],
  devices: [],
  gpus: undefined,
  volumes: [],
  networkMode: "stack",
};
