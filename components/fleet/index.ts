/** Runtime 1: containers on hosts, the proxy, the release. */
export { FLEET_DEFAULTS, Fleet, type FleetArgs } from "./resources/fleet.ts";
export type { BackupArgs, S3Args, SftpArgs } from "./resources/backup-args.ts";
export type { BackupKeep } from "../hosts/backup/types.ts";
export { proxyContext } from "./proxy/context.ts";
export type { ReleaseReport } from "../releases/types.ts";
export { type Serving, readServing } from "./resources/serving.ts";
export type { ReserveArgs } from "./resources/preflight.ts";
