/** What users write of the proxy, see args.ts. */
import type { ContainerArgs, ServiceArgs } from "./args.ts";
import type { TlsArgs } from "./tls.ts";

/** What the proxy is. Only `routes` is required. */
export interface ProxyArgs extends ContainerArgs {
  /**
   * Its image, by digest.
   * @default the runtime's own
   */
  image?: ServiceArgs["image"];
  /** Which requests go where; the most specific route wins. */
  routes: RouteArgs[];
  /**
   * Public port for HTTP, from 1 to 65535.
   * @default 80
   */
  port?: number;
  /**
   * HTTPS, with a certificate and its key.
   * @default HTTP alone
   */
  tls?: TlsArgs;
  /**
   * Address of the machine that the ports are open on. Ports of containers pass by the machine's
   * firewall: `0.0.0.0` opens it to the world.
   * @default "127.0.0.1"
   */
  bind?: string;
  /**
   * The status page on 127.0.0.1, or `false` for none.
   * @default { port: 8404 }
   */
  statusPage?: { port?: number } | false;
  /**
   * In seconds, from 1 to 86400: to open a connection to a service (`connect`), silence of a client
   * (`client`) and of a service (`server`).
   * @default { connect: 5, client: 60, server: 60 }
   */
  timeouts?: { connect?: number; client?: number; server?: number };
  /**
   * The longest, in seconds from 0 to 86400, that a reloaded proxy goes on with the connections it had.
   * @default 30
   */
  drain?: number;
  /**
   * Status → HTML that visitors get where the proxy itself must answer, for 400, 403, 408, 413, 429,
   * 500, 502, 503 and 504; up to 14 KiB each. What services answer stays as it is.
   * @default HAProxy's own
   * @example { 503: readFileSync("pages/503.html", "utf8") }
   */
  errorPages?: Record<number | string, string>;
}

/** Requests for `domain` and below `path` go to service `to`. */
export interface RouteArgs {
  /**
   * A host name; `*.example.com` is every one below that. International letters may be used as they are.
   * @default any
   */
  domain?: string;
  /** @default "/" */
  path?: string;
  /**
   * Only requests that carry this cookie or header with exactly this value: an A/B test.
   * @default all requests
   * @example { cookie: "variant", value: "b" }
   */
  when?: { cookie: string; value: string } | { header: string; value: string };
  /** The service, or one of its named ports: `api:admin`. */
  to: string;
}
