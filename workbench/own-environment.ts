/**
 * What a user's shell says for other projects must not decide how a stack on this computer is run: its
 * passphrase, backend, plugins, builder and repository are this clone's own.
 */

/** Variables that would. What is the user's stays: proxies, certificates, DOCKER_HOST, PULUMI_HOME. */
const OF_OTHERS = [
  /^PULUMI_(?!HOME$)/,
  /^NODE_(OPTIONS|PATH|ENV|PENDING_DEPRECATION|V8_COVERAGE)$/,
  /^(COMPOSE|BUILDX|BUILDKIT)_/,
  /^DOCKER_(BUILDKIT|DEFAULT_PLATFORM|CONTENT_TRUST.*)$/,
  // Set by git itself for what its hooks start.
  /^GIT_(DIR|WORK_TREE|INDEX_FILE|OBJECT_DIRECTORY|COMMON_DIR|NAMESPACE|PREFIX|CEILING_DIRECTORIES)$/,
];

/** Takes them out of `env`. Returns their names. */
export function leaveOthersOut(env: NodeJS.ProcessEnv): string[] {
  const found = Object.keys(env).filter((name) => OF_OTHERS.some((other) => other.test(name)));
  for (const name of found) delete env[name];
  return found.sort();
}
