/** Routes as rules of a load balancer's listener. Pure. */
import type { Route, RouteCondition } from "../../services/index.ts";

/** Texts with `*` and `?`, or regular expressions: AWS takes one kind in a condition. */
export type Values = { values: string[] } | { regexValues: string[] };

/** One condition of `aws.lb.ListenerRule`: all conditions of a rule must hold, and one of a condition's values. */
export interface RuleMatch {
  hostHeader?: Values;
  pathPattern?: Values;
  httpHeader?: Values & { httpHeaderName: string };
}

/** A rule of a listener. */
export interface RouteRule {
  /** From 1, without gaps: the first rule that matches decides. */
  priority: number;
  conditions: RuleMatch[];
  /** The service. */
  to: string;
  /** Name of its port; absent: the main one. */
  port?: string;
}

/**
 * What AWS allows: botocore's model of Elastic Load Balancing, and "Quotas for your Application Load Balancers" (rules
 * without the default one). A route has at most 4 values, of the 5 that a rule may have.
 */
export const RULE_LIMITS = { rules: 100, length: 128, headerName: 40 };

/** A domain that AWS takes as a text (botocore's model: HostHeaderConditionConfig). */
const HOST_TEXT = /^[a-z0-9.*-]+\.[a-z]+$/;
/** A path that AWS takes as a text (botocore's model: RuleCondition). */
const PATH_TEXT = /^[A-Za-z0-9_.$/~"'@:+-]+$/;

/** Rules in the definition's order, which has the most specific routes first. */
export function listenerRules(routes: readonly Route[]): RouteRule[] {
  return routes.map(({ domain, path, when, to, port }, index) => ({
    priority: index + 1,
    conditions: [
      ...(domain === undefined ? [] : [{ hostHeader: hostValues(domain) }]),
      { pathPattern: pathValues(path) },
      ...(when === undefined ? [] : [{ httpHeader: headerValues(when) }]),
    ],
    to,
    ...(port === undefined ? {} : { port }),
  }));
}

/** All texts and expressions that a condition compares with. */
export function valuesOf({ hostHeader, pathPattern, httpHeader }: RuleMatch): string[] {
  return [hostHeader, pathPattern, httpHeader].flatMap((part) => {
    if (part === undefined) return [];
    return "values" in part ? part.values : part.regexValues;
  });
}

/** The header that a condition looks at, if any. */
export function headerName({ httpHeader }: RuleMatch): string[] {
  return httpHeader === undefined ? [] : [httpHeader.httpHeaderName];
}

/** A domain, with `*.` for all below it. Names without a dot, and with another end than letters, only as expressions. */
function hostValues(domain: string): Values {
  if (HOST_TEXT.test(domain)) return { values: [domain] };
  const name = domain.startsWith("*.") ? `.+${literal(domain.slice(1))}` : literal(domain);
  return { regexValues: [`^${name}(:[0-9]+)?$`] };
}

/** A path means itself and what is below it; all characters stand for themselves. */
function pathValues(path: string): Values {
  if (path === "/") return { values: ["/*"] };
  if (PATH_TEXT.test(path)) return { values: [path, `${path}/*`] };
  return { regexValues: [`^${literal(path)}(/.*)?$`] };
}

/**
 * By regular expressions: AWS compares texts without regard to case, and a cookie is a part of its header's value.
 * A pair begins the header or follows a `;`, and ends it or is followed by one: `a=b` is neither `xa=b` nor `a=bc`.
 */
function headerValues(when: RouteCondition): Values & { httpHeaderName: string } {
  if ("header" in when) {
    return { httpHeaderName: when.header, regexValues: [`^${literal(when.value)}$`] };
  }
  const pair = literal(`${when.cookie}=${when.value}`);
  return { httpHeaderName: "cookie", regexValues: [`^(.*; *)?${pair} *(;.*)?$`] };
}

/** A text that a regular expression matches as it is. */
function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}
