/** What a host has of HTTPS in the course of a release. Pure. */
import { servedTls } from "../../proxy/tls.ts";
import type { HostRequest, HostState, ReleaseRequest } from "../../types.ts";

type Tls = Pick<HostState, "settings" | "certificate">;

/** What is wanted. */
export function wantedTls({ settings, certificate }: ReleaseRequest): Tls {
  return { settings, certificate: certificate?.fingerprint };
}

/**
 * While the new versions prove themselves: the same, unless another forwarder comes. Until it has the ports, nobody is
 * sent to one that is closed: what was served before stays, and where nothing was, nobody is sent there yet.
 */
export function stagedTls(current: HostState, request: ReleaseRequest, host: HostRequest): Tls {
  const wanted = wantedTls(request);
  if (current.forwarder === undefined || current.forwarder === host.forwarder) return wanted;
  const before = servedTls(current);
  const { tls: coming, ...settings } = request.settings;
  if (before !== undefined) {
    const certificate = wanted.certificate ?? current.certificate;
    return { settings: { ...settings, tls: before }, certificate };
  }
  if (coming === undefined) return wanted;
  return { ...wanted, settings: { ...settings, tls: { ...coming, redirect: false } } };
}
