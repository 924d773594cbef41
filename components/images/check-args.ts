// What can be wrong with the arguments of a `TestedImage` before anything is read or built.

import { findAcceptanceFaults } from "./acceptance/check.ts";
import type { TestedImageArgs } from "./args.ts";
import type { ArgumentFault } from "./fault.ts";

/** The id of the secret that carries the private CA. */
export const CA_SECRET = "ca";

/** All faults at once. Values that are not known yet are left to the registry and the builder. */
export function findFaults(name: string, args: TestedImageArgs): ArgumentFault[] {
  const faults: ArgumentFault[] = [];
  const fault = (propertyPath: string, reason: string) => faults.push({ propertyPath, reason });

  if (!/^[a-z0-9][\w.-]*$/i.test(name)) {
    fault(
      "name",
      `\`${name}\` cannot be a folder's name. Use letters, digits, \`_\`, \`.\` and \`-\`, e.g. \`app\`.`,
    );
  }
  const { repository, builder } = args;
  if (typeof repository === "string") {
    const last = repository.split("/").at(-1) ?? "";
    if (/[:@]/.test(last)) {
      fault(
        "repository",
        `\`${repository}\` has a tag or digest. Give the repository alone, \`${repository.slice(0, repository.length - last.length)}${last.replace(/[:@].*/, "")}\`: the tag is the commit.`,
      );
    } else if (!/^[a-z0-9.-]+(:\d+)?(\/[a-z0-9]+([._-]+[a-z0-9]+)*)+$/.test(repository)) {
      fault(
        "repository",
        `\`${repository}\` is not a valid repository. Give registry and path in lower case, e.g. \`ghcr.io/you/identidock/app\`.`,
      );
    }
  }
  if (builder === "") {
    fault(
      "builder",
      "The builder has no name. Give the one that `docker buildx ls` shows, or make one: `docker buildx create --name longshore --driver docker-container --driver-opt network=host`.",
    );
  }
  if (args.secrets !== undefined && CA_SECRET in args.secrets) {
    fault(
      `secrets.${CA_SECRET}`,
      "The secret `ca` is taken: it carries the private CA of the network. Give another id, or the CA's path as `ca`.",
    );
  }
  for (const id of Object.keys(args.secrets ?? {})) {
    if (!/^\w[\w.-]*$/.test(id)) {
      fault(
        `secrets.${id}`,
        "A secret's id is a file name under /run/secrets. Use letters, digits, `_`, `.` and `-`.",
      );
    }
  }
  for (const id of Object.keys(args.buildArgs ?? {})) {
    if (args.secrets !== undefined && id in args.secrets) {
      fault(
        `buildArgs.${id}`,
        `\`${id}\` is a secret too, and build arguments stay readable in the image's history. Remove it from \`buildArgs\` and read the secret's file in the Dockerfile.`,
      );
    }
  }
  if (args.tests === "none" && args.allowUntested === false) {
    fault(
      "tests",
      "The image has no tests, and this stack runs tested images alone (`allowUntested: false`). Give its " +
        "Dockerfile a stage that tests, or allow it.",
    );
  }
  if (args.tests === "none" && args.stages?.test !== undefined) {
    fault(
      "stages.test",
      `\`${args.stages.test}\` is not built with \`tests: "none"\`: remove one of both.`,
    );
  }
  if (args.acceptance !== undefined) faults.push(...findAcceptanceFaults(args.acceptance));
  return faults;
}
