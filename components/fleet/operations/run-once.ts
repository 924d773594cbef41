/**
 * A command in a container of its own, with a service's image, environment, secrets and network, removed
 * afterwards. The service's data is not mounted: two containers on one store of data could damage it.
 */
import type Docker from "dockerode";
import type { CommandRequest, CommandStreams } from "../../releases/operations.ts";
import type { Replica } from "./replicas.ts";

const SECRETS = "/run/secrets";

/** Returns the command's exit code. */
export async function runLikeReplica(
  { docker, container: like, service }: Replica,
  { command, streams }: CommandRequest,
  stack: string,
): Promise<number> {
  const found = await docker.getContainer(like).inspect();
  const container = await docker.createContainer(
    oneOff(found, command, streams, { stack, service }),
  );
  const kill = () => void container.kill({ signal: "SIGTERM" }).catch(() => {});
  process.on("SIGINT", kill).on("SIGTERM", kill);
  try {
    const stream = await container.attach({
      stream: true,
      stdin: streams.stdin,
      stdout: true,
      stderr: true,
      hijack: true,
    });
    const connected = streams.connect(stream, (size) => container.resize(size));
    // "not running" is true of a container that has not started yet.
    const ended = container.wait({ condition: "next-exit" }) as Promise<{ StatusCode: number }>;
    await container.start();
    await connected;
    return (await ended).StatusCode;
  } finally {
    process.off("SIGINT", kill).off("SIGTERM", kill);
    await container.remove({ force: true, v: true });
  }
}

/** The container for one command, like a service's own but for its data and its place in the proxy. */
function oneOff(
  like: Docker.ContainerInspectInfo,
  command: string[],
  streams: CommandStreams,
  { stack, service }: { stack: string; service: string },
): Docker.ContainerCreateOptions {
  const { HostConfig: own, Config, Mounts } = like;
  const [network = "none"] = Object.keys(like.NetworkSettings.Networks);
  return {
    Image: like.Image,
    Entrypoint: Config.Entrypoint,
    Cmd: command,
    Env: Config.Env,
    User: Config.User,
    WorkingDir: Config.WorkingDir,
    // Not `longshore.stack`: a release removes what carries that and is not its own.
    Labels: { "longshore.run": `${stack}/${service}` },
    AttachStdin: streams.stdin,
    OpenStdin: streams.stdin,
    StdinOnce: streams.stdin,
    Tty: streams.tty,
    HostConfig: {
      NetworkMode: network,
      Init: own.Init,
      ExtraHosts: own.ExtraHosts as string[] | undefined,
      Dns: own.Dns as string[] | undefined,
      Ulimits: own.Ulimits,
      Sysctls: own.Sysctls,
      ...(own.ShmSize === undefined ? {} : { ShmSize: own.ShmSize }),
      ...(own.PidsLimit == null ? {} : { PidsLimit: own.PidsLimit }),
      Memory: own.Memory,
      MemorySwap: own.MemorySwap,
      ...(own.NanoCpus === undefined ? {} : { NanoCpus: own.NanoCpus }),
      CapAdd: own.CapAdd as string[],
      CapDrop: own.CapDrop as string[],
      SecurityOpt: own.SecurityOpt as string[],
      ReadonlyRootfs: own.ReadonlyRootfs,
      Tmpfs: own.Tmpfs,
      Devices: own.Devices as Docker.DeviceMapping[] | undefined,
      Mounts: Mounts.flatMap(({ Type, Name, Source, Destination, RW }): Docker.MountSettings[] => {
        const isSecrets = Destination === SECRETS;
        // Of the service's data what cannot be damaged.
        if (!isSecrets && (Type !== "bind" || RW)) return [];
        const from = isSecrets
          ? ({ Type: "volume", Source: Name ?? "" } as const)
          : ({ Type: "bind", Source } as const);
        return [{ ...from, Target: Destination, ReadOnly: true }];
      }),
    },
  };
}
