/** What the two containers of a host's way in run, and where the sockets between them are. */
import { PROXY_USER } from "../state/record.ts";

/** The folder in the proxy's container that its configuration is in, and in the forwarder's. */
export const PROXY_FOLDER = "/etc/longshore";

/**
 * Sockets that the forwarder hands connections over to: a folder for each proxy, named by its container's short id, with one for
 * each port. A link `current` leads to the one that serves.
 */
export const ENTRY_FOLDER = `${PROXY_FOLDER}/entry`;

/** The certificate and its key, beside the configuration; readable for the proxy's user alone. */
export const CERTIFICATE_FILE = "certificate.pem";

const RUN_FOLDER = "/run/longshore";

/** Commands to the running process, in either container. */
export const ADMIN_SOCKET = `${RUN_FOLDER}/admin.sock`;
export const MASTER_SOCKET = `${RUN_FOLDER}/master.sock`;

/** Their folder, in memory. */
export const SOCKETS_TMPFS = {
  [RUN_FOLDER]: `size=4m,mode=0700,uid=${PROXY_USER.uid},gid=${PROXY_USER.gid}`,
};

/**
 * What the container that has the ports runs: the forwarder, or as before there were forwarders the proxy itself. The
 * name is from then, so that such a proxy becomes the forwarder by a reload.
 */
export const PORTS_CONFIG = "haproxy.cfg";
/** What the proxy runs. */
export const PROXY_CONFIG = "proxy.cfg";

const haproxy = (file: string) => [
  "haproxy",
  "-W",
  "-db",
  "-S",
  `${MASTER_SOCKET},mode,600`,
  "-f",
  `${PROXY_FOLDER}/${file}`,
];

/** The proxy. An image of before has no folder for its sockets. */
export const PROXY_COMMAND = [
  ...["sh", "-c", 'mkdir -p "$0/$HOSTNAME" && exec "$@"', ENTRY_FOLDER],
  ...haproxy(PROXY_CONFIG),
];

/** The forwarder. */
export const FORWARDER_COMMAND = haproxy(PORTS_CONFIG);
