/** Sets a stack's backups up on a machine by SSH, and takes them away. */
import { readFileSync } from "node:fs";
import { MachineFailure, asRoot, withVariables } from "../as-root.ts";
import { backupId, backupService, backupSettings, backupTimer, knownHosts } from "./settings.ts";
import type { BackupRequest } from "./types.ts";

const read = (name: string) => readFileSync(new URL(name, import.meta.url), "utf8");
const program = read("./longshore-backup.sh");
const installScript = read("./install.sh");

/**
 * Installs restic where it is missing, opens the repository, and sets the timer. What does not open it changes nothing.
 * @param log gets a line for each step.
 * @throws MachineFailure
 */
export async function setUpBackups(
  request: BackupRequest,
  log: (line: string) => void,
): Promise<void> {
  const { name, target, schedule, sftp } = request;
  const ID = backupId(request);
  const SETTINGS = backupSettings(request);
  const check = withVariables(installScript, { DO: "check", ID, SCHEDULE: schedule });
  const problems = (await asRoot(target, check)).split("\n").filter(Boolean);
  if (problems.length > 0) {
    const lines = problems.map((line) => `Host \`${name}\` ${line}. Nothing was changed there.`);
    throw new MachineFailure(lines.join("\n"));
  }
  const files = {
    ...{ PROGRAM: program, SETTINGS, KNOWN_HOSTS: knownHosts(request) },
    KEY: sftp === undefined ? "" : `${sftp.privateKey.trim()}\n`,
    ...{ SERVICE: backupService(ID), TIMER: backupTimer(ID, schedule) },
  };
  await asRoot(target, withVariables(installScript, { DO: "set", ID, ...files }), [], log);
}

/** Ends them and takes the secrets away; the repository stays. */
export async function removeBackups(request: BackupRequest): Promise<void> {
  const variables = { DO: "remove", ID: backupId(request) };
  await asRoot(request.target, withVariables(installScript, variables));
}
