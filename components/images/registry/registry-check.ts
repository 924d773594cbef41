/** A look at the registry before anything is built for it. */

/**
 * Why images could not be pushed to `registry` now, with what to do; undefined if it answers. Any
 * answer will do: a registry that wants credentials says so with one.
 * @param registry as images name it, e.g. `127.0.0.1:5055` or `ghcr.io/you`
 * @param timeout in milliseconds
 */
export async function registryProblem(
  registry: string,
  timeout = 3000,
): Promise<string | undefined> {
  const host = registry.split("/")[0] ?? registry;
  const scheme = /^(localhost|127(\.\d+){3})(:|$)/.test(host) ? "http" : "https";
  try {
    await fetch(`${scheme}://${host}/v2/`, { signal: AbortSignal.timeout(timeout) });
    return undefined;
  } catch (error) {
    const { cause, message } = error as Error & { cause?: { message?: string; code?: string } };
    return (
      `The registry ${host} does not answer (${cause?.code ?? message}): nothing new can be pushed to it ` +
      "or pulled from it. Start it, or set another with `pulumi config set registry`; " +
      "in a clone of Longshore, `npm run workbench -- up` starts one."
    );
  }
}
