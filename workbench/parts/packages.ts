// Debian's packages that the workbench runs. A program that is there already, whoever installed it,
// is used as it is. Installing must not start services: on most of these machines nothing could.
import { accessSync, constants, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { type Progress, WorkbenchError } from "../progress.ts";

const PACKAGE_OF = {
  dockerd: "docker.io",
  containerd: "containerd",
  runc: "runc",
  iptables: "iptables",
  ip: "iproute2",
  "docker-registry": "docker-registry",
  haproxy: "haproxy",
  mmdebstrap: "mmdebstrap",
} as const;

export type Program = keyof typeof PACKAGE_OF;

/** The search path with the system folders that a user's own PATH often lacks. */
export function systemPath(env: NodeJS.ProcessEnv = process.env): string {
  return [env.PATH, "/usr/local/sbin", "/usr/sbin", "/sbin"].filter(Boolean).join(":");
}

export function findProgram(name: string, path = systemPath()): string | undefined {
  for (const folder of path.split(":").filter(Boolean)) {
    const file = join(folder, name);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      continue;
    }
  }
  return undefined;
}

export async function ensurePackages(programs: readonly Program[], progress: Progress) {
  const missing = programs.filter((program) => findProgram(program) === undefined);
  if (missing.length === 0) return;
  const packages = missing.map((program) => PACKAGE_OF[program]);
  await progress.step(`installing Debian packages: ${packages.join(", ")}`, () =>
    install(packages),
  );
  const still = missing.filter((program) => findProgram(program) === undefined);
  if (still.length > 0) {
    throw new WorkbenchError(
      `The packages ${packages.join(", ")} were installed, but ${still.join(", ")} cannot be found. Reinstall with \`apt-get install --reinstall ${packages.join(" ")}\`.`,
    );
  }
}

async function install(packages: readonly string[]): Promise<void> {
  const unlock = forbidServiceStarts();
  try {
    const first = await apt("install", packages);
    if (first.exitCode === 0) return;
    // Lists missing or too old, or an earlier installation was cut off: fix both, then once more.
    // A third-party source that fails to update does not matter if the packages can be had.
    await run("dpkg", ["--configure", "-a"]);
    await apt("update", []);
    const second = await apt("install", packages);
    if (second.exitCode === 0) return;
    const output = second.all.trimEnd().split("\n").slice(-12).join("\n  ");
    throw new WorkbenchError(
      `apt-get could not install ${packages.join(", ")}:\n  ${output}\nMend that (\`apt-get install ${packages.join(" ")}\`) and run the command again.`,
    );
  } finally {
    unlock();
  }
}

function apt(command: "install" | "update", packages: readonly string[]) {
  const options = ["-o", "DPkg::Lock::Timeout=300", "-q", "-y"];
  const only = command === "install" ? ["--no-install-recommends"] : [];
  return run("apt-get", [...options, command, ...only, ...packages]);
}

function run(command: string, args: readonly string[]) {
  const env = { DEBIAN_FRONTEND: "noninteractive", LC_ALL: "C", PATH: systemPath() };
  return execa(command, args, { env, reject: false, all: true, stdin: "ignore" });
}

const POLICY = "/usr/sbin/policy-rc.d";
const POLICY_TEXT =
  "#!/bin/sh\n# Put here by Longshore while it installs packages; may be removed.\nexit 101\n";

/** Debian's own way to say "no service starts now"; an administrator's file is left alone. */
function forbidServiceStarts(): () => void {
  if (existsSync(POLICY) && readFileSync(POLICY, "utf8") !== POLICY_TEXT) return () => {};
  writeFileSync(POLICY, POLICY_TEXT, { mode: 0o755 });
  return () => rmSync(POLICY, { force: true });
}
