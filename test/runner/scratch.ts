// The temporary folder of one test run. Every test's own temporary files are made below it (it is
// their TMPDIR), so that a run knows what its tests left behind, also when it was killed.
import { chmodSync, existsSync, globSync, mkdtempSync, readFileSync } from "node:fs";
import { readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { dockerClient } from "../../components/engine/client.ts";
import { isRunning } from "../../components/hosts/running.ts";
import { removeLabelled } from "../../workbench/labelled.ts";

const PREFIX = "longshore-test-";
/** Folders of test stacks, named after the stack: `longshore-e2e-NAME-abc123`. */
const STACK_FOLDER = /^longshore-e2e-(.+)-\w{6}$/;

/** Makes the folder; its name tells which process it belongs to. */
export function makeScratch(base = tmpdir()): string {
  const scratch = mkdtempSync(join(base, `${PREFIX}${process.pid}-`));
  chmodSync(scratch, 0o711); // some tests act as another user
  return scratch;
}

/** The folders of runs that no longer live. */
export function abandonedScratch(base = tmpdir()): string[] {
  return readdirSync(base)
    .filter((entry) => {
      const pid = /^longshore-test-(\d+)-/.exec(entry)?.[1];
      return pid !== undefined && !isRunning(Number(pid));
    })
    .map((entry) => join(base, entry));
}

/**
 * Removes a run's folder and what its tests had running or on the engine. Returns what there was, in
 * words; after a run that was not interrupted, that is nothing.
 */
export async function sweepScratch(scratch: string, dockerHost?: string): Promise<string[]> {
  const found: string[] = [];
  for (const entry of readdirSync(scratch).filter((name) => name.startsWith("longshore-"))) {
    found.push(`temporary folder ${entry}`);
    const name = STACK_FOLDER.exec(entry)?.[1];
    if (name !== undefined && dockerHost !== undefined) {
      found.push(
        ...(await removeLabelled(
          dockerClient(dockerHost, 60_000),
          `longshore.stack=identidock/${name}`,
        )),
      );
    }
  }
  // Workbenches that tests brought up for themselves, in clones or in state folders of their own.
  for (const file of globSync(
    ["*", "*/*", "*/.longshore"].map((folder) => `${folder}/workbench/`),
    { cwd: scratch },
  )) {
    const { down } = await import("../../workbench/index.ts");
    const state = dirname(join(scratch, file));
    await down({ env: { ...process.env, LONGSHORE_STATE: state } });
  }
  for (const folder of mountsBelow(scratch)) await execa("umount", [folder]);
  rmSync(scratch, { recursive: true, force: true });
  return found;
}

/** File systems that a test mounted, the innermost first. */
function mountsBelow(folder: string): string[] {
  if (!existsSync("/proc/self/mounts")) return [];
  return readFileSync("/proc/self/mounts", "utf8")
    .split("\n")
    .map((line) => line.split(" ")[1] ?? "")
    .filter((path) => path.startsWith(`${folder}/`))
    .sort((x, y) => y.length - x.length);
}
