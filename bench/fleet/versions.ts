/** Versions of the app, built beforehand: nobody builds while it is measured, and all run the same images. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { TestStack } from "../../test/support/test-stack.ts";

/** Of each version the app's image, and those that stay the same; by digest. */
export interface Images {
  app: string[];
  dnmonster: string;
  redis: string;
  proxy: string;
}

/** What the app's style sheet ends with. */
export function versionLine(version: number): string {
  return `/* bench version ${version}. */`;
}

/** Changes the app of a stack's copy of the project. */
export function useVersion(stack: TestStack, version: number): void {
  const file = join(stack.folder, "identidock/app/views/style.css");
  const [before = ""] = readFileSync(file, "utf8").split("/* bench version");
  writeFileSync(file, `${before}${versionLine(version)}\n`);
}

/** Builds, tests and pushes them with a stack on the workbench's engine, which also fills BuildKit's cache. */
export async function buildVersions(count: number): Promise<Images> {
  const stack = await TestStack.create("bench-versions");
  try {
    const app: string[] = [];
    for (let version = 0; version < count; version++) {
      useVersion(stack, version);
      await stack.up();
      const ref = await runningImage(stack, "app");
      if (app.includes(ref)) throw new Error(`version ${version} of the app is not another image`);
      app.push(ref);
    }
    const other = (service: string) => runningImage(stack, service);
    return {
      ...{ app, dnmonster: await other("dnmonster") },
      ...{ redis: await other("redis"), proxy: await other("proxy") },
    };
  } finally {
    await stack.destroy();
  }
}

/** By digest. */
async function runningImage(stack: TestStack, service: string): Promise<string> {
  const found = ((await stack.containers())[service] ?? []).find(({ running }) => running);
  if (found === undefined) throw new Error(`no container of ${service} runs`);
  const { Image } = await stack.docker.getContainer(found.id).inspect();
  const [ref] = (await stack.docker.getImage(Image).inspect()).RepoDigests;
  if (ref === undefined) throw new Error(`the image of ${service} has no digest`);
  return ref;
}
