/** The images of the system under load, built straight with buildx: a release is measured without its build. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { proxyContext } from "../../../components/fleet/proxy/context.ts";
import type { Workbench } from "../../../workbench/index.ts";
import { buildImage, buildx } from "../build-image.ts";
import { ROOT } from "../test-stack.ts";

const APP = join(ROOT, "test/fixtures/load-app");

export class LoadImages {
  readonly #workbench: Workbench;
  readonly #built = new Map<string, Promise<string>>();

  constructor(workbench: Workbench) {
    this.#workbench = workbench;
  }

  /** `load-app` as this version: an image of its own digest, by digest. */
  app(version: string): Promise<string> {
    const build = () => buildImage(this.#workbench, "load-app", APP, { version });
    return this.#once(version, build);
  }

  /** The proxy's image; of another version another one, by its digest. */
  proxy(version = "v1"): Promise<string> {
    const build = () => buildImage(this.#workbench, "load-proxy", proxyContext, { version });
    return this.#once(`proxy ${version}`, build);
  }

  /** An image that no processor of this kind can run. */
  otherProcessor(): Promise<string> {
    const platform = process.arch === "arm64" ? "linux/amd64" : "linux/arm64";
    return this.#once(platform, async () => {
      const folder = mkdtempSync(join(tmpdir(), "longshore-load-context-"));
      try {
        // The first bytes say what it is; there is no need that it could run anywhere.
        writeFileSync(join(folder, "program"), Buffer.from("7f454c46020101", "hex"), {
          mode: 0o755,
        });
        writeFileSync(
          join(folder, "Dockerfile"),
          'FROM scratch AS release\nCOPY program /program\nCMD ["/program"]\n',
        );
        return await buildImage(this.#workbench, "load-foreign", folder, { platform });
      } finally {
        rmSync(folder, { recursive: true });
      }
    });
  }

  /** Runs the tests in the app's Dockerfile. */
  async test(): Promise<void> {
    await buildx(this.#workbench, ["--target", "test", "--output", "type=cacheonly", APP]);
  }

  #once(key: string, build: () => Promise<string>): Promise<string> {
    const found = this.#built.get(key) ?? build();
    this.#built.set(key, found);
    return found;
  }
}
