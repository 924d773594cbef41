/** What the two containers of a host's way in run, and where the sockets between them are. */

/** The folder in the proxy's container that its configuration is in, and in the forwarder's. */
export const PROXY_FOLDER = "/etc/longshore";

/**
 * Sockets that the forwarder hands connections over to: a folder for each proxy, named by its container's short id, with one for
 * each port. A link `current` leads to the one that serves.
 */
export const ENTRY_FOLDER = `${PROXY_FOLDER}/entry`;

/** Commands to the running process, in either container. */
export const ADMIN_SOCKET = "/run/longshore/admin.sock";
export const MASTER_SOCKET = "/run/longshore/master.sock";

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
  ...haproxy("haproxy.cfg"),
];

/** The forwarder. */
export const FORWARDER_COMMAND = haproxy("forwarder.cfg");
