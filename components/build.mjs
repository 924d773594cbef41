// `npm run build`: compiles the library to dist/ for the npm package and copies what it reads at run
// time beside it (Dockerfiles, scripts, templates). dist/ changes only if all of it succeeded.
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const source = dirname(fileURLToPath(import.meta.url));
const root = dirname(source);
const target = join(root, "dist");
mkdirSync(join(root, ".longshore"), { recursive: true });
const fresh = mkdtempSync(join(root, ".longshore", "dist-"));

/** Compiled, or only needed to compile. */
const isCode = (path) => path.endsWith(".ts") || /\/(build\.mjs|tsconfig\.json)$/.test(path);

try {
  const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
  const project = join(source, "tsconfig.json");
  const options = ["-p", project, "--outDir", fresh, "--sourceMap", "false"];
  execFileSync(process.execPath, [tsc, ...options], { stdio: "inherit" });
  cpSync(source, fresh, { recursive: true, filter: (path) => !isCode(path) });
  chmodSync(fresh, 0o755); // mkdtemp makes it 700
  rmSync(target, { recursive: true, force: true });
  renameSync(fresh, target);
  console.log(`built dist/ (${readdirSync(target, { recursive: true }).length} files)`);
} catch (error) {
  rmSync(fresh, { recursive: true, force: true });
  console.error(`error: the library was not built. ${error.message}`);
  process.exitCode = 1;
}
