/**
 * A registry beside the workbench's, of the same make: with an address and a storage of its own.
 * `stop` leaves nothing of it, and the next start nothing of one whose test crashed.
 */
import { mkdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Credentials, registryCredentials } from "../../workbench/parts/gateway.ts";
import { workbenchPaths } from "../../workbench/paths.ts";
import { findOwn, stopProcess } from "../../workbench/processes.ts";
import {
  ensureRegistryContainer,
  ensureRegistryProcess,
  removeRegistryContainer,
} from "../../workbench/parts/registry.ts";
import type { State, Workbench } from "../../workbench/state.ts";

const FOLDER = join(tmpdir(), "longshore-e2e-second-registry");

export interface SecondRegistry {
  /** E.g. `127.0.0.1:5056`. */
  address: string;
  credentials: Credentials;
  stop(): Promise<void>;
}

export async function startSecondRegistry(workbench: Workbench): Promise<SecondRegistry> {
  const { dockerHost, origin } = workbench;
  const paths = workbenchPaths({ ...process.env, LONGSHORE_STATE: FOLDER });
  const stop = async () => {
    for (const left of findOwn(paths.runtime)) await stopProcess(left);
    if (origin.registry === "container") await removeRegistryContainer(paths, dockerHost, false);
    for (const folder of [FOLDER, paths.runtime]) rmSync(folder, { recursive: true, force: true });
  };
  await stop();
  mkdirSync(paths.state, { recursive: true });
  const state: State = { version: 1 };
  const port =
    origin.registry === "container"
      ? await ensureRegistryContainer(paths, state, dockerHost)
      : await ensureRegistryProcess(paths, state);
  return { address: `127.0.0.1:${port}`, credentials: registryCredentials(paths), stop };
}
