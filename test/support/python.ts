/** Python programs of tests and benches, from PyPI: installed once, in the cache, outside of the clone. */
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { withLock } from "../../toolchain/lock.ts";
import { placesOf } from "../../toolchain/places.ts";
import { silent } from "../../toolchain/progress.ts";

/** AWS's own models of its APIs. */
export const BOTOCORE = "botocore==1.44.8";
/** What to do where there is no Python that can install anything. */
export const PYTHON_REMEDY =
  "install Python 3 with venv and pip (Debian, Ubuntu: apt-get install python3-venv)";
/** Ends with 0 where there is one. */
export const PYTHON_CHECK = ["-c", "import ensurepip, venv"];

/**
 * A virtual environment of its own for these packages. Its scripts name a path that is gone: use `bin/python3 -m NAME`.
 * @param name of its folder in the cache, which stands for what is in it.
 * @param packages each with its exact version.
 * @returns its folder.
 * @throws if there is no Python 3 with venv and pip, or PyPI is out of reach.
 */
export async function installPython(name: string, packages: string[]): Promise<string> {
  const { cache } = placesOf();
  const folder = join(cache, name);
  if (existsSync(folder)) return folder;
  mkdirSync(cache, { recursive: true });
  await withLock(cache, silent, async () => {
    if (existsSync(folder)) return;
    if ((await execa("python3", PYTHON_CHECK, { reject: false })).failed) {
      throw new Error(`${packages.join(" and ")} cannot be installed: ${PYTHON_REMEDY}.`);
    }
    const unfinished = `${folder}.unfinished`;
    rmSync(unfinished, { recursive: true, force: true });
    await execa("python3", ["-m", "venv", unfinished]);
    const options = ["--quiet", "--disable-pip-version-check"];
    await execa(join(unfinished, "bin/python3"), ["-m", "pip", "install", ...options, ...packages]);
    // Its name says that it is whole.
    renameSync(unfinished, folder);
  });
  return folder;
}
