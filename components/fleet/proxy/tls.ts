/** HTTPS in the proxy's configuration. Pure. */
import type { Hsts } from "../../services/index.ts";
import type { HostState, TlsSettings } from "../types.ts";

/** HTTPS, where there is a certificate for it. */
export function servedTls({
  settings,
  certificate,
}: Pick<HostState, "settings" | "certificate">): TlsSettings | undefined {
  return certificate === undefined ? undefined : settings.tls;
}

/**
 * What the template needs of it; undefined: nothing.
 * @param certificate path of the certificate's file.
 */
export function tlsView(state: HostState, certificate: string) {
  const tls = servedTls(state);
  if (tls === undefined) return undefined;
  const { port, publicPort, redirect, hsts } = tls;
  return {
    ...{ port, redirect },
    /** What `bind` says beside its address. */
    bind: `ssl crt ${certificate} alpn h2,http/1.1`,
    // As browsers write it: the usual port is not named.
    publicPort: publicPort === 443 ? "" : `:${publicPort}`,
    hsts: hsts && hstsHeader(hsts),
  };
}

/** RFC 6797, and what https://hstspreload.org adds to it. */
function hstsHeader({ maxAge, includeSubDomains, preload }: Hsts): string {
  const flags = [includeSubDomains && "includeSubDomains", preload && "preload"];
  return [`max-age=${maxAge}`, ...flags.filter((flag) => flag !== false)].join("; ");
}
