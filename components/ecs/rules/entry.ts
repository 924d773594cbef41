/** Rules on the way in: what a load balancer of AWS can do of a proxy. */
import type { Proxy, Service } from "../../services/index.ts";
import { code, pathOf } from "../../services/rules/rule.ts";
import { RULE_LIMITS, headerName, listenerRules, valuesOf } from "../entry/rules.ts";
import { endpointOf } from "../task/ports.ts";
import type { EcsRule, EcsSystemView } from "./rule.ts";

/** Any of the machine's addresses: what is open to the world. */
const PUBLIC = ["0.0.0.0", "::"];
/** Ports that browsers name in no Host header. */
const USUAL = { http: 80, https: 443 };
/** Seconds of silence that a load balancer takes for alive ("Load balancer attributes", User Guide for Application Load Balancers). */
const LONGEST_SILENCE = 4000;
/** Statuses that it can wait for (botocore's model of Elastic Load Balancing: Matcher). */
const STATUSES = { least: 200, most: 499 };
/** Seconds that requests may go on for ("Target group attributes", User Guide for Application Load Balancers). */
const LONGEST_DRAIN = 3600;

/** The services that routes lead to, each once. */
function routed({ proxy, byName }: EcsSystemView): Service[] {
  const names = new Set((proxy?.routes ?? []).map(({ to }) => to));
  return [...names].flatMap((name) => byName[name] ?? []);
}

/** A rule on the proxy, where there is one. */
function forProxy(
  id: string,
  about: string,
  check: (proxy: Proxy, view: EcsSystemView) => ReturnType<EcsRule["check"]>,
): EcsRule {
  return {
    id,
    about,
    *check(view) {
      if (view.proxy !== undefined) yield* check(view.proxy, view);
    },
  };
}

export const ENTRY_RULES: EcsRule[] = [
  forProxy("ecs-bind", "A load balancer is public.", function* ({ name, bind }) {
    if (PUBLIC.includes(bind)) return;
    yield {
      path: pathOf(name, "bind"),
      message: `Proxy \`${name}\` listens at \`${bind}\`, and a load balancer is open to the world.`,
      fix: 'Say so with `bind: "0.0.0.0"`, or leave the proxy out.',
    };
  }),
  forProxy(
    "ecs-error-pages",
    "A load balancer has no pages of its own.",
    function* ({ name, errorPages }) {
      if (Object.keys(errorPages).length === 0) return;
      yield {
        path: pathOf(name, "errorPages"),
        message: `Proxy \`${name}\` has pages for errors, and a load balancer answers with its own.`,
        fix: "Remove `errorPages`, or put CloudFront in front, which has some.",
      };
    },
  ),
  forProxy(
    "ecs-timeouts",
    "Silence of a client or a service ends after 4000 seconds at most.",
    function* ({ name, timeouts }) {
      for (const side of ["client", "server"] as const) {
        if (timeouts[side] <= LONGEST_SILENCE) continue;
        yield {
          path: pathOf(name, "timeouts", side),
          message: `Proxy \`${name}\` waits ${timeouts[side]} s for a silent ${side}, and a load balancer ${LONGEST_SILENCE} s.`,
          fix: `Give at most ${LONGEST_SILENCE}.`,
        };
      }
    },
  ),
  forProxy(
    "ecs-route-count",
    "A load balancer has at most 100 rules.",
    function* ({ name, routes }) {
      if (routes.length <= RULE_LIMITS.rules) return;
      yield {
        path: pathOf(name, "routes"),
        message: `Proxy \`${name}\` has ${routes.length} routes, and a load balancer ${RULE_LIMITS.rules} rules.`,
        fix: "Give fewer.",
      };
    },
  ),
  forProxy(
    "ecs-route-length",
    "What a route compares has at most 128 characters, and its header's name 40.",
    function* ({ name, routes }) {
      for (const [index, { conditions }] of listenerRules(routes).entries()) {
        const long = conditions
          .flatMap(valuesOf)
          .find((value) => value.length > RULE_LIMITS.length);
        const header = conditions
          .flatMap(headerName)
          .find((text) => text.length > RULE_LIMITS.headerName);
        if (long === undefined && header === undefined) continue;
        yield {
          path: pathOf(name, "routes", index),
          message:
            long === undefined
              ? `The route compares the header ${code(header ?? "")}, and names have at most ${RULE_LIMITS.headerName} characters.`
              : `The route compares with \`${long}\`, which has ${long.length} characters; a load balancer takes ${RULE_LIMITS.length}.`,
          fix: "Shorten it.",
        };
      }
    },
  ),
  forProxy(
    "ecs-route-host",
    "A route does not ask for the header Host: that is its domain.",
    function* ({ name, routes }) {
      for (const [index, { when }] of routes.entries()) {
        if (when === undefined || !("header" in when) || when.header !== "host") continue;
        yield {
          path: pathOf(name, "routes", index, "when"),
          message:
            "The route asks for the header `host`, which a load balancer compares as a domain alone.",
          fix: "Give the route a `domain`.",
        };
      }
    },
  ),
  forProxy(
    "ecs-domain-port",
    "Routes of domains are served at the usual ports.",
    function* ({ name, routes, port, tls }) {
      if (routes.every(({ domain }) => domain === undefined)) return;
      const unusual = [
        ...(port === USUAL.http ? [] : [[pathOf(name, "port"), port, USUAL.http] as const]),
        ...(tls === undefined || tls.port === USUAL.https
          ? []
          : [[pathOf(name, "tls", "port"), tls.port, USUAL.https] as const]),
      ];
      for (const [path, given, usual] of unusual) {
        yield {
          path,
          message: `Browsers add port ${given} to the domain that they ask for, which a load balancer then does not know.`,
          fix: `Use ${usual}, or routes without domains.`,
        };
      }
    },
  ),
  forProxy(
    "ecs-route-encrypted",
    "A route to a port that speaks h2c needs a certificate.",
    function* ({ name, routes, tls }, { byName, options }) {
      if (tls !== undefined || options.certificate) return;
      for (const [index, { to, port }] of routes.entries()) {
        const service = byName[to];
        const endpoint = service && endpointOf(service, port);
        if (endpoint?.protocol !== "h2c") continue;
        yield {
          path: pathOf(name, "routes", index, "to"),
          message: `The route leads to a port of \`${to}\` that speaks h2c, which a load balancer takes by HTTPS alone.`,
          fix: "Give the system a domain or a certificate, or the proxy `tls`.",
        };
      }
    },
  ),
  {
    id: "ecs-drain",
    about: "Requests go on for an hour at most in a task that leaves.",
    *check(view) {
      for (const { name, drain } of routed(view)) {
        if (drain <= LONGEST_DRAIN) continue;
        yield {
          path: pathOf(name, "drain"),
          message: `Service \`${name}\` drains for ${drain} s, and a load balancer waits ${LONGEST_DRAIN} s.`,
          fix: `Give at most ${LONGEST_DRAIN}.`,
        };
      }
    },
  },
  {
    id: "ecs-check-status",
    about: "A service with routes is healthy by a status from 200 to 499.",
    *check(view) {
      const { least, most } = STATUSES;
      for (const { name, healthCheck: check } of routed(view)) {
        const others = (check.kind === "http" ? (check.status ?? []) : []).filter(
          (status) => status < least || status > most,
        );
        if (others.length === 0) continue;
        yield {
          path: pathOf(name, "healthCheck", "status"),
          message: `Service \`${name}\` is healthy with the status ${others.join(", ")}, and a load balancer takes those from ${least} to ${most}.`,
          fix: "Answer the check with another status, e.g. 200.",
        };
      }
    },
  },
];
