/** A command that runs to its end in a container of its own, like a service's: a release command. */
import type Docker from "dockerode";
import { ignoring, untilRead } from "./errors.ts";
import { eachLine } from "./stream.ts";
import { helperLabels } from "./helper.ts";
import type { CommandOptions } from "./host.ts";

/** Value of the label `longshore.helper` on such containers. */
export const COMMAND = "command";

/** See `ReleaseHost.runLike`. */
export async function runLike(
  docker: Docker,
  host: string,
  container: string,
  command: readonly string[],
  { log, id, signal, grace = 10 }: CommandOptions,
): Promise<number> {
  const { Config, HostConfig, Image, NetworkSettings } = await docker
    .getContainer(container)
    .inspect();
  const networks = Object.keys(NetworkSettings.Networks);
  const service = Config.Labels["longshore.service"];
  const once = await docker.createContainer({
    ...Config,
    Image,
    Hostname: undefined,
    Cmd: [...command],
    Env: [...Config.Env, ...(id === undefined ? [] : [`LONGSHORE_RUN_ID=${id}`])],
    // Found by the next release if this one is killed: nobody runs the command twice at a time.
    Labels: {
      ...helperLabels(COMMAND, Config.Labels),
      ...(service === undefined ? {} : { "longshore.service": service }),
      ...(id === undefined ? {} : { "longshore.run": id }),
    },
    HostConfig: { ...HostConfig, RestartPolicy: { Name: "no" }, PortBindings: {} },
    NetworkingConfig: {
      EndpointsConfig: Object.fromEntries(networks.map((network) => [network, {}])),
    },
  });
  const stop = () => void once.stop({ t: grace }).catch(() => {});
  try {
    const output = await once.attach({ stream: true, stdout: true, stderr: true });
    const done = untilRead(host, eachLine(output, log));
    done.catch(() => {}); // where the start fails, that is what is told
    await once.start();
    signal?.addEventListener("abort", stop);
    if (signal?.aborted === true) stop();
    // First the output: the engine begins to answer a wait at once, and one that ends there is not noticed.
    await done;
    const { StatusCode } = (await once.wait()) as { StatusCode: number };
    return StatusCode;
  } finally {
    signal?.removeEventListener("abort", stop);
    await ignoring([404, 409], once.remove({ force: true, v: true }));
  }
}
