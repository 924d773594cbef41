/**
 * Ports at which the proxies of a stack's hosts reach each other, on the private addresses; outside of the range of
 * which Linux takes ports for outgoing connections (ip_local_port_range, 32768 to 60999).
 */
export const PEER_PORTS = { http: 61080, tcp: 61081 };

/**
 * Path at which a host's proxy tells a load balancer whether to send requests: status 200, or 503 while it is drained. It
 * is answered before any route, and during maintenance as well.
 */
export const HOST_CHECK = "/.well-known/longshore-host";
