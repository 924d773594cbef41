/** Who releases, when, and from which commit: found out by the release itself, when it runs. */
import { userInfo } from "node:os";
import { git } from "../git.ts";
import type { Provenance } from "./record.ts";

/** Variables in which CI systems name the person that started a run. */
const CI_ACTORS = [
  "GITHUB_ACTOR",
  "GITLAB_USER_LOGIN",
  "BUILDKITE_BUILD_CREATOR",
  "BITBUCKET_STEP_TRIGGERER_UUID",
  "CIRCLE_USERNAME",
];

/** The provenance of a release from `folder`, now. */
export function provenance(
  folder: string,
  env: NodeJS.ProcessEnv = process.env,
  now = new Date(),
): Provenance {
  const [commit] = ask(folder, ["rev-parse", "--verify", "--quiet", "HEAD"]);
  const dirty = commit !== undefined && ask(folder, ["status", "--porcelain"]).length > 0;
  const named = CI_ACTORS.map((name) => env[name]).find(Boolean);
  const actor = named ?? ask(folder, ["config", "user.name"])[0] ?? userName();
  return { time: now.toISOString(), actor, ...(commit === undefined ? {} : { commit }), dirty };
}

/** No git, no repository or no such setting: no answer. */
function ask(folder: string, args: string[]): string[] {
  try {
    return git(folder, args);
  } catch {
    return [];
  }
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return "unknown"; // a user id without a name, as in some containers
  }
}
