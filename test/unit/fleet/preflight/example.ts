/** A service that is wanted, and replicas that run, to decide about. */
import type { WantedService } from "../../../../components/fleet/preflight/types.ts";

export const MIB = 1024 * 1024;

export const OLD = `sha256:${"1".repeat(64)}`;

export const NEW = `sha256:${"2".repeat(64)}`;

export const RESERVE = { memory: 0, disk: 1024 * MIB };

export const app: WantedService = {
  name: "app",
  image: `registry.test/app@${NEW}`,
  definition: "d1",
  order: "start-first",
  ramped: false,
  replicas: 2,
  memory: 256 * MIB,
};
