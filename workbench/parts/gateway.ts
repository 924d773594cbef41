// What stands before the registry: HAProxy. Everybody on this computer may read; pushes need this
// workbench's credentials; nothing can be deleted; and a name other than this computer's own is not
// answered, so that no web page gets at it by a DNS name that it points here. See decision 10.
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Paths } from "../paths.ts";

/** Who may push. */
export interface Credentials {
  username: string;
  password: string;
}

export function credentialsFile({ state }: Pick<Paths, "state">): string {
  return join(state, "registry-credentials.json");
}

/** This workbench's, made on the first call; nobody else on the computer can read them. */
export function registryCredentials(paths: Pick<Paths, "state">): Credentials {
  const file = credentialsFile(paths);
  if (!existsSync(file)) {
    const made = { username: "longshore", password: randomBytes(24).toString("base64url") };
    writeFileSync(file, `${JSON.stringify(made)}\n`, { mode: 0o600 });
  }
  return JSON.parse(readFileSync(file, "utf8")) as Credentials;
}

/**
 * haproxy.cfg.
 * @param bind where it listens, e.g. `127.0.0.1:5055`.
 * @param socket the registry's own, in a folder that only its user may enter.
 */
export function gatewayConfig(bind: string, socket: string, { username, password }: Credentials) {
  return `# Written by Longshore's workbench: the way to its registry.
global
    log stderr format raw local0 warning

defaults
    mode http
    timeout connect 5s
    timeout http-request 10s
    # A layer may come slowly, but not stop.
    timeout client 5m
    timeout server 5m

userlist pushers
    user ${username} insecure-password ${password}

frontend registry
    bind ${bind}
    acl own_name req.hdr(host),field(1,:) -m str 127.0.0.1 localhost
    acl reads method GET HEAD
    http-request return status 421 content-type text/plain string "This registry answers to 127.0.0.1 and localhost only.\\n" if !own_name
    http-request return status 405 content-type text/plain string "Nothing can be deleted here.\\n" if { method DELETE } !{ path_reg ^/v2/.*/blobs/uploads/ }
    http-request auth realm longshore if !reads !{ http_auth(pushers) }
    default_backend storage

backend storage
    server registry unix@${socket}
`;
}

/** `Authorization` for the gateway. */
export function authorization({ username, password }: Credentials): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
}
