/**
 * The library's own programs, which resources start as processes of their own: how they are called, and
 * where they can run at all.
 */
import { realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, extname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import * as pulumi from "@pulumi/pulumi";

/** Programs by name, each a file below this folder. `package.json` exports them as `longshore/programs/NAME`. */
export const PROGRAMS = {
  acceptance: "images/acceptance/main",
  backup: "hosts/backup/main",
  confirm: "fleet/state/confirm",
  "ecs-release": "ecs/release/main",
  firewall: "hosts/firewall/main",
  "first-contact": "hosts/first-contact/main",
  install: "hosts/install/main",
  machine: "hosts/simulated/machine-program",
  preflight: "fleet/preflight/main",
  release: "fleet/release/main",
  resolve: "images/resolve-program",
  site: "hosts/simulated/site-program",
  subnet: "fleet/network/main",
  upkeep: "hosts/upkeep/main",
  verify: "images/verify-program",
} as const;

/** The oldest Node.js that runs them: `engines` in package.json says the same. */
export const OLDEST_NODE = { major: 22, minor: 18 };

/**
 * How a `local.Command` starts a program: by its name in this package where the program's folder finds that,
 * since a path in `node_modules` may hold a version and would change with it; else by the relative path.
 * @throws pulumi.RunError where it cannot run.
 */
export function nodeProgram(name: keyof typeof PROGRAMS): {
  interpreter: string[];
  create: string;
} {
  const problem = cannotRun(process.platform, process.versions.node);
  if (problem !== undefined) throw new pulumi.RunError(problem);
  return {
    interpreter: ["node", "--disable-warning=ExperimentalWarning", "--input-type=module", "-e"],
    create: `import ${JSON.stringify(specifier(name))};`,
  };
}

/** The `delete` of a `local.Command` that `nodeProgram` makes: the same program, told so by `--remove`. */
export function removal(name: keyof typeof PROGRAMS): string {
  return `process.argv.push("--remove"); await import(${JSON.stringify(specifier(name))});`;
}

/** Why these programs do not run on such a system; undefined where they do. */
export function cannotRun(platform: NodeJS.Platform, version: string): string | undefined {
  if (platform === "win32") {
    return "Longshore deploys from Linux, macOS and WSL2, not from Windows itself. Run this in WSL2.";
  }
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const oldest = OLDEST_NODE;
  if (major > oldest.major || (major === oldest.major && minor >= oldest.minor)) return undefined;
  return (
    `Longshore needs Node.js ${oldest.major}.${oldest.minor} or newer, and this is ${version}. ` +
    "Install a newer one, or put it first on PATH."
  );
}

function specifier(name: keyof typeof PROGRAMS): string {
  const self = fileURLToPath(import.meta.url);
  const extension = extname(self);
  if (extension === ".js" && isFoundFrom(process.cwd(), self)) return `longshore/programs/${name}`;
  const file = join(dirname(self), `${PROGRAMS[name]}${extension}`);
  const path = relative(process.cwd(), file).split(sep).join("/");
  return path.startsWith("../") ? path : `./${path}`;
}

/** Whether `longshore` means this very package in a folder. */
function isFoundFrom(folder: string, self: string): boolean {
  try {
    const found = createRequire(join(folder, "program.js")).resolve("longshore/package.json");
    return realpathSync(dirname(found)) === realpathSync(join(dirname(self), ".."));
  } catch {
    return false;
  }
}
