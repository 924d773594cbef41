// Runs one of the project's TypeScript programs from a bare clone: installs the npm packages the
// lockfile names if they are not there yet, then hands over to the pinned Node.js among them.
// Plain JavaScript without imports from node_modules, so that any Node.js from 18 on can start it.
import { execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(fileURLToPath(import.meta.url));
const stamp = join(root, "node_modules", ".longshore-lock");
const lockfile = readFileSync(join(root, "package-lock.json"));
const wanted = createHash("sha256").update(lockfile).digest("hex");

if (process.platform === "win32") {
  fail("Longshore deploys from Linux, macOS and WSL2: run this inside WSL2.");
}
if (!installed()) install();

const node = join(root, "node_modules", ".bin", "node");
const [program, ...args] = process.argv.slice(2);
if (program === undefined) fail("usage: node bootstrap.mjs PROGRAM.ts [ARGUMENTS]");
const child = spawn(node, ["--disable-warning=ExperimentalWarning", join(root, program), ...args], {
  cwd: root,
  stdio: "inherit",
  env: { ...process.env, PATH: `${dirname(node)}:${process.env.PATH ?? ""}` },
});
// The terminal sends Ctrl-C to the whole group; stay until the program has cleaned up.
for (const signal of ["SIGINT", "SIGHUP"]) process.on(signal, () => {});
process.on("SIGTERM", () => child.kill("SIGTERM"));
child.on("exit", (code, signal) => {
  process.exitCode = code ?? (signal === "SIGINT" ? 130 : 143);
});

function installed() {
  return existsSync(stamp) && readFileSync(stamp, "utf8") === wanted;
}

/** `npm ci`, by one process at a time: a second one waits for the first. */
function install() {
  const lock = join(root, ".longshore", "npm-ci.lock");
  mkdirSync(dirname(lock), { recursive: true });
  while (!take(lock)) {
    execFileSync("sleep", ["1"]);
    if (installed()) return;
  }
  try {
    console.error("==> installing the npm packages of package-lock.json (npm ci, about 30 s)");
    const started = Date.now();
    execFileSync("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], {
      cwd: root,
      stdio: ["ignore", "inherit", "inherit"],
    });
    writeFileSync(stamp, wanted);
    console.error(`==> npm packages installed (${Math.round((Date.now() - started) / 1000)} s)`);
  } catch (error) {
    fail(
      `npm ci failed, see its output above. Fix that and run the command again. (${error.message})`,
      lock,
    );
  } finally {
    rmSync(lock, { force: true });
  }
}

/** Takes the lock, or takes it over from a process that no longer lives. */
function take(lock) {
  try {
    writeFileSync(lock, String(process.pid), { flag: "wx" });
    return true;
  } catch {
    try {
      const holder = Number(readFileSync(lock, "utf8"));
      if (holder > 0) process.kill(holder, 0);
      else if (Date.now() - statSync(lock).mtimeMs > 5000) rmSync(lock, { force: true });
    } catch {
      rmSync(lock, { force: true });
    }
    return false;
  }
}

function fail(message, lock) {
  if (lock) rmSync(lock, { force: true });
  console.error(`error: ${message}`);
  process.exit(1);
}
