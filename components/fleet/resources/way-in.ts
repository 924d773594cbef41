/** A host's way in: the forwarder, which has the ports and the address, and behind it the proxy. */
import * as docker from "@pulumi/docker";
import type * as pulumi from "@pulumi/pulumi";
import type { Proxy } from "../../services/index.ts";
import { PEER_PORTS } from "../../hosts/peer-ports.ts";
import { FORWARDER_COMMAND, PROXY_COMMAND, SOCKETS_TMPFS } from "../proxy/programs.ts";
import { RECORD_FOLDER, recordVolume } from "../state/record.ts";
import { type ContainerContext, PROXY_PORTS, besideOld, commonArgs, labels } from "./container.ts";
import type { FleetNetwork } from "./network.ts";
import { allowedByEnvironment } from "./requirements.ts";

/** Names of the containers on the engine. */
export interface WayInNames {
  proxy: pulumi.Output<string>;
  forwarder: pulumi.Output<string>;
}

export interface WayInArgs {
  place: ContainerContext;
  network: FleetNetwork;
  /** Services that others may link to, where the engine's name server is asked for them. */
  linkNames: string[];
  /** Private address at which the proxies of other hosts come in; undefined: there are none. */
  peers: pulumi.Output<string | undefined>;
}

/**
 * What a change of would close the ports for nothing: the forwarder keeps what it was made with, until it is
 * renewed by choice.
 */
const KEPT = [
  "image",
  "command",
  "logDriver",
  "logOpts",
  "cpus",
  "user",
  "readOnly",
  "tmpfs",
  "capabilities",
  "securityOpts",
  "stopSignal",
  "stopTimeout",
  "init",
  "labels",
];

/** @param prefix of the resources' names. */
export function declareWayIn(
  prefix: string,
  proxy: Proxy,
  { place, network, linkNames, peers }: WayInArgs,
  options: pulumi.CustomResourceOptions,
): WayInNames {
  // The stack's memory on this host, under a name that every state of the stack finds.
  const record = new docker.Volume(
    `${prefix}-record`,
    { name: recordVolume(place.stack), labels: labels(place.stack) },
    options,
  );
  const files = {
    volumes: [{ volumeName: record.name, containerPath: RECORD_FOLDER }],
    tmpfs: SOCKETS_TMPFS,
  };
  const { statusPage, tls } = proxy;
  const forwarder = new docker.Container(
    `${prefix}-forwarder`,
    {
      ...commonArgs(proxy, place, "forwarder"),
      ...files,
      command: FORWARDER_COMMAND,
      networksAdvanced: [
        network.proxy.apply((ipv4Address) =>
          ipv4Address === undefined
            ? // Every link leads here: a service's name is the forwarder's name inside the network.
              { name: network.name, aliases: linkNames }
            : { name: network.name, ipv4Address },
        ),
      ],
      ports: peers.apply((address) => [
        { internal: PROXY_PORTS.public, external: proxy.port, ip: proxy.bind },
        ...(tls === undefined
          ? []
          : [{ internal: PROXY_PORTS.tls, external: tls.port, ip: proxy.bind }]),
        ...(statusPage === undefined
          ? []
          : [{ internal: PROXY_PORTS.status, external: statusPage.port, ip: "127.0.0.1" }]),
        ...(address === undefined
          ? []
          : Object.values(PEER_PORTS).map((port) => {
              return { internal: port, external: port, ip: address };
            })),
      ]),
    },
    {
      ...besideOld(options),
      ...(allowedByEnvironment().renewForwarder ? {} : { ignoreChanges: KEPT }),
      // A proxy of before there were forwarders becomes one.
      aliases: [{ name: `${prefix}-proxy` }],
    },
  );
  const own = new docker.Container(
    `${prefix}-http-proxy`,
    {
      ...commonArgs(proxy, place, "proxy"),
      ...files,
      command: PROXY_COMMAND,
      networksAdvanced: [{ name: network.name }],
    },
    besideOld(options),
  );
  return { proxy: own.name, forwarder: forwarder.name };
}
