/** Rules on how a service is released: strategy, smoke checks, sticky clients. */
import type { CanaryArgs, ServiceArgs } from "../args.ts";
import { DEFAULTS } from "../defaults.ts";
import { singleBecause } from "../normalise/single.ts";
import { isRepeated, isToken, REPEATED_FIX, TOKEN_FIX } from "../values/token.ts";
import { isUrlPath } from "../values/url-path.ts";
import { protocolOf, SPOKEN } from "./ports.ts";
import { code, pathOf, type Rule, type System, type View } from "./rule.ts";

/** The longest that a canary may last, in seconds: an update waits for it. */
const LONGEST_CANARY = 600;

const isPortless = ({ role, has }: View<ServiceArgs>) => role === "worker" && !has("port");
const speaksHttp = (service: View<ServiceArgs>) =>
  !isPortless(service) && protocolOf(service) === "http";

function* strategies({ services }: System) {
  for (const service of services) {
    const { strategy } = service.args;
    if (strategy === undefined || strategy === "blue-green") continue;
    const canary: CanaryArgs | undefined =
      typeof strategy === "object" ? strategy.canary : undefined;
    const what = canary === undefined ? "ramped" : "a canary";
    yield { service, canary, what, path: pathOf(service.name, "strategy") };
  }
}

function* smokeChecks({ services }: System) {
  for (const service of services) {
    for (const [index, check] of (service.args.smokeChecks ?? []).entries()) {
      const path = (...keys: string[]) => pathOf(service.name, "smokeChecks", index, ...keys);
      yield { service, check, path };
    }
  }
}

export const RELEASE_RULES: Rule[] = [
  {
    id: "strategy-order",
    about: "Only a service that is released start-first is ramped or has a canary.",
    *check(system) {
      for (const { service, what, path } of strategies(system)) {
        const because = singleBecause({ ...service.args, role: service.role });
        if (because === undefined && service.args.releaseOrder !== "stop-first") continue;
        yield {
          path,
          message: `Service \`${service.name}\` is ${what === "ramped" ? what : `released by ${what}`}, but it ${because ?? "is released stop-first"}, so old and new never run together.`,
          fix: "Remove `strategy`.",
        };
      }
    },
  },
  {
    id: "canary-requests",
    about: "A canary is of a service that answers HTTP requests, which are its measure.",
    *check(system) {
      for (const { service, canary, path } of strategies(system)) {
        const isJudged = !isPortless(service) && protocolOf(service) !== "tcp";
        if (canary === undefined || isJudged) continue;
        const what = isPortless(service) ? "has no port" : `speaks ${SPOKEN[protocolOf(service)]}`;
        yield {
          path: `${path}.canary`,
          message: `Service \`${service.name}\` ${what}, so its canary has no requests to be judged by.`,
          fix: 'Remove `strategy`, or set it to `"ramped"`.',
        };
      }
    },
  },
  {
    id: "canary-steps",
    about: "The steps of a canary grow.",
    *check(system) {
      for (const { service, canary, path } of strategies(system)) {
        const steps = canary?.steps ?? [];
        const index = steps.findIndex((step, at) => at > 0 && step <= (steps[at - 1] ?? 0));
        if (index === -1) continue;
        yield {
          path: `${path}.canary.steps[${index}]`,
          message: `The canary of service \`${service.name}\` goes from ${steps[index - 1]} % to ${steps[index]} %.`,
          fix: "Give each step a larger share than the one before, e.g. `[10, 50]`.",
        };
      }
    },
  },
  {
    id: "canary-time",
    about: "A canary lasts at most 600 s.",
    *check(system) {
      for (const { service, canary, path } of strategies(system)) {
        if (canary === undefined) continue;
        const { steps = DEFAULTS.canary.steps, watch = DEFAULTS.canary.watch } = canary;
        const lasts = steps.length * watch;
        if (lasts <= LONGEST_CANARY) continue;
        yield {
          path: `${path}.canary`,
          message: `The canary of service \`${service.name}\` lasts ${lasts} s, and the update waits for it.`,
          fix: `Give fewer \`steps\` or a shorter \`watch\`: together at most ${LONGEST_CANARY} s.`,
        };
      }
    },
  },
  {
    id: "sticky-http",
    about: "Only a service that speaks HTTP is sticky.",
    *check({ services }) {
      for (const service of services) {
        if (service.args.sticky === undefined || speaksHttp(service)) continue;
        const what = isPortless(service) ? "has no port" : `speaks ${SPOKEN[protocolOf(service)]}`;
        yield {
          path: pathOf(service.name, "sticky"),
          message: `Service \`${service.name}\` ${what}, so no cookie can keep a client with one replica.`,
          fix: "Remove `sticky`.",
        };
      }
    },
  },
  {
    id: "sticky-cookie",
    about: "A sticky service's cookie is named by letters, digits, dots, dashes and underscores.",
    *check({ services }) {
      for (const { name, args } of services) {
        if (args.sticky === undefined || isToken(args.sticky.cookie)) continue;
        yield {
          path: pathOf(name, "sticky", "cookie"),
          message: `${code(args.sticky.cookie)} of service \`${name}\` cannot be a cookie's name.`,
          fix: TOKEN_FIX,
        };
      }
    },
  },
  {
    id: "sticky-strategy",
    about: "A sticky service is switched all at once: a share is drawn for each request anew.",
    *check(system) {
      for (const { service, what, path } of strategies(system)) {
        if (service.args.sticky === undefined) continue;
        yield {
          path,
          message: `Service \`${service.name}\` is sticky, and ${what === "ramped" ? "a ramped release" : what} would send a client to the old and the new version in turn.`,
          fix: "Remove `strategy`, or `sticky`.",
        };
      }
    },
  },
  {
    id: "smoke-http",
    about: "Smoke checks are of a service that speaks HTTP.",
    *check({ services }) {
      for (const service of services) {
        if ((service.args.smokeChecks ?? []).length === 0 || speaksHttp(service)) continue;
        const what = isPortless(service) ? "has no port" : `speaks ${SPOKEN[protocolOf(service)]}`;
        yield {
          path: pathOf(service.name, "smokeChecks"),
          message: `Service \`${service.name}\` ${what}, so it cannot be asked for a path.`,
          fix: "Remove `smokeChecks`, and check with `healthCheck: { command: […] }`.",
        };
      }
    },
  },
  {
    id: "smoke-path",
    about: "A smoke check's path is a URL's path.",
    *check(system) {
      for (const { service, check, path } of smokeChecks(system)) {
        if (isUrlPath(check.path.replace("?", ""))) continue;
        yield {
          path: path("path"),
          message: `${code(check.path)}, a smoke check of service \`${service.name}\`, is not a valid path.`,
          fix: "Give what follows the host in the URL, e.g. `/login`.",
        };
      }
    },
  },
  {
    id: "smoke-header",
    about:
      "A smoke check names each header once, by letters, digits, dots, dashes and underscores.",
    *check(system) {
      for (const { service, check, path } of smokeChecks(system)) {
        const names = Object.keys(check.headers ?? {});
        for (const name of names) {
          const isTwice = isRepeated(name, names);
          if (isToken(name) && !isTwice) continue;
          yield {
            path: path("headers", name),
            message: isTwice
              ? `A smoke check of service \`${service.name}\` names the header \`${name}\` twice.`
              : `${code(name)} in a smoke check of service \`${service.name}\` cannot be a header's name.`,
            fix: isTwice ? REPEATED_FIX : TOKEN_FIX,
          };
        }
      }
    },
  },
  {
    id: "smoke-start",
    about:
      "What a smoke check's answer starts with is one byte or more, each a character up to U+00FF.",
    *check(system) {
      for (const { service, check, path } of smokeChecks(system)) {
        const { startsWith } = check;
        if (startsWith === undefined || /^[\x00-\xff]+$/.test(startsWith)) continue;
        yield {
          path: path("startsWith"),
          message:
            startsWith === ""
              ? `A smoke check of service \`${service.name}\` takes any answer for right.`
              : `A smoke check of service \`${service.name}\` compares with characters that are no bytes.`,
          fix:
            startsWith === ""
              ? "Give the first bytes of the answer, or remove `startsWith`."
              : "Give what comes before the first of them, or bytes, e.g. `\\x89PNG`.",
        };
      }
    },
  },
];
