/** An image built straight with buildx and pushed to the workbench's registry: for tests that are not about builds. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { ensureTool } from "../../toolchain/index.ts";
import type { Workbench } from "../../workbench/index.ts";
import { ROOT } from "./test-stack.ts";

/**
 * Builds a context's stage `release`; the image by digest.
 * @param name the repository's, which is below `longshore-e2e/`.
 * @param options.version the tag, and the build argument `VERSION`.
 */
export async function buildImage(
  workbench: Workbench,
  name: string,
  context: string,
  { version = "v1", platform }: { version?: string; platform?: string } = {},
): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "longshore-image-"));
  const repository = `${workbench.registry}/longshore-e2e/${name}`;
  const metadata = join(folder, "metadata.json");
  try {
    await buildx(workbench, [
      ...(platform === undefined ? [] : ["--platform", platform]),
      ...["--target", "release", "--build-arg", `VERSION=${version}`, "--provenance=false"],
      // Of another version another image, also where the argument is not used.
      ...["--label", `longshore.version=${version}`],
      ...["--output", `type=image,name=${repository}:${version},push=true`],
      ...["--metadata-file", metadata, context],
    ]);
    const built = JSON.parse(readFileSync(metadata, "utf8")) as Record<string, string>;
    return `${repository}@${built["containerimage.digest"]}`;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** `buildx build` with the workbench's builder. */
export async function buildx({ env, builder }: Workbench, args: string[]): Promise<void> {
  const command = ["build", "--builder", builder, "--progress=plain", ...args];
  await execa(await ensureTool("buildx"), command, { env, stdin: "ignore" });
}

/**
 * Builds a context's stage and loads it into the workbench's engine as `name`.
 * @param options.input a Dockerfile in place of the context's; alone where the context is `-`.
 */
export async function loadImage(
  { env, dockerHost }: Workbench,
  name: string,
  context: string,
  { target = "release", input = "" } = {},
): Promise<void> {
  const file = input === "" || context === "-" ? [] : ["--file", "-"];
  const command = ["build", "--target", target, "--load", "--tag", name, ...file, context];
  const options = { cwd: ROOT, env: { ...env, DOCKER_HOST: dockerHost }, input };
  await execa(await ensureTool("buildx"), command, options);
}
