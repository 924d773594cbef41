/** Listeners of load balancers, and their rules. */
import type { Params } from "../client.ts";
import { type Resource, type Target, at, text } from "../resource.ts";

/** What an action says is in members of other names. */
const actionNames = (list: string): Record<string, Target> => ({
  [`${list}.redirect`]: "RedirectConfig",
  [`${list}.fixedResponse`]: "FixedResponseConfig",
  [`${list}.forward`]: "ForwardConfig",
  [`${list}.forward.targetGroups.arn`]: "TargetGroupArn",
  [`${list}.forward.stickiness`]: "TargetGroupStickinessConfig",
  [`${list}.forward.stickiness.duration`]: "DurationSeconds",
});
const REDIRECT = {
  host: "#{host}",
  path: "/#{path}",
  port: "#{port}",
  protocol: "#{protocol}",
  query: "#{query}",
};

/** Of a redirect, what stays as the request has it is filled in. */
const redirected = (actions: unknown): unknown =>
  (actions as Params[] | undefined)?.map((action) =>
    action.redirect === undefined
      ? action
      : { ...action, redirect: { ...REDIRECT, ...(action.redirect as Params) } },
  );

const listener: Resource = {
  service: "elbv2",
  fill: ({ defaultActions }) => ({ defaultActions: redirected(defaultActions) }),
  replace: ["loadBalancerArn"],
  names: {
    ...actionNames("defaultActions"),
    certificateArn: "Certificates.0.CertificateArn",
    alpnPolicy: (value: string) => ({ AlpnPolicy: [value] }),
  },
  create: {
    operation: "CreateListener",
    id: (answer) => text(at(answer, "Listeners.0.ListenerArn")),
  },
  settings: [
    {
      of: ["certificateArn", "defaultActions", "port", "protocol", "sslPolicy"],
      when: "update",
      with: "given",
      operation: "ModifyListener",
      params: ({ id }) => ({ ListenerArn: id }),
    },
  ],
  read: [
    {
      operation: "DescribeListeners",
      params: ({ id }) => ({ ListenerArns: [id] }),
      pick: "Listeners.0",
    },
  ],
  outputs: (_, { id }) => ({ arn: id }),
  remove: [{ operation: "DeleteListener", params: ({ id }) => ({ ListenerArn: id }) }],
  tagged: ({ id }) => id,
};

const CONDITIONS: Record<string, { field: string; config: string }> = {
  hostHeader: { field: "host-header", config: "HostHeaderConfig" },
  pathPattern: { field: "path-pattern", config: "PathPatternConfig" },
  httpHeader: { field: "http-header", config: "HttpHeaderConfig" },
  httpRequestMethod: { field: "http-request-method", config: "HttpRequestMethodConfig" },
  queryStrings: { field: "query-string", config: "QueryStringConfig" },
  sourceIp: { field: "source-ip", config: "SourceIpConfig" },
};
const PARTS: Record<string, string> = {
  httpHeaderName: "HttpHeaderName",
  regexValues: "RegexValues",
  values: "Values",
};

/** One with each kind of thing that it asks, named by a field of its own. */
function conditions(list: Params[]): Params {
  return {
    Conditions: list.flatMap((condition) =>
      Object.entries(condition).map(([kind, value]) => {
        const { field, config } = CONDITIONS[kind] ?? { field: kind, config: kind };
        const content =
          kind === "queryStrings"
            ? { Values: (value as Params[]).map(({ key, value }) => ({ Key: key, Value: value })) }
            : Object.fromEntries(
                Object.entries(value as Params).map(([name, part]) => [PARTS[name] ?? name, part]),
              );
        return { Field: field, [config]: content };
      }),
    ),
  };
}

function conditionsOf(data: Params): Params[] {
  return ((data.Conditions ?? []) as Params[]).map((condition) => {
    const [kind = "", { config }] = Object.entries(CONDITIONS).find(
      ([, { field }]) => field === condition.Field,
    ) ?? ["", { config: "" }];
    const found = (condition[config] ?? { Values: condition.Values }) as Params;
    if (kind === "queryStrings") {
      const pairs = found.Values as Params[];
      return { [kind]: pairs.map(({ Key, Value }) => ({ key: Key, value: Value })) };
    }
    const parts = Object.entries(PARTS).filter(([, part]) => found[part] !== undefined);
    return { [kind]: Object.fromEntries(parts.map(([name, part]) => [name, found[part]])) };
  });
}

const listenerRule: Resource = {
  service: "elbv2",
  fill: ({ actions }) => ({ actions: redirected(actions) }),
  replace: ["listenerArn"],
  names: { ...actionNames("actions"), conditions },
  create: {
    operation: "CreateRule",
    id: (answer) => text(at(answer, "Rules.0.RuleArn")),
  },
  settings: [
    {
      of: ["actions", "conditions"],
      when: "update",
      with: "given",
      operation: "ModifyRule",
      params: ({ id }) => ({ RuleArn: id }),
    },
    {
      of: ["priority"],
      when: "update",
      operation: "SetRulePriorities",
      params: ({ id, inputs }) => ({
        RulePriorities: [{ RuleArn: id, Priority: inputs.priority }],
      }),
    },
  ],
  read: [{ operation: "DescribeRules", params: ({ id }) => ({ RuleArns: [id] }), pick: "Rules.0" }],
  outputs: (data, { id, inputs, state }) => ({
    arn: id,
    listenerArn: inputs.listenerArn ?? state.listenerArn,
    conditions: conditionsOf(data),
  }),
  remove: [{ operation: "DeleteRule", params: ({ id }) => ({ RuleArn: id }) }],
  tagged: ({ id }) => id,
};

export const LISTENERS: Record<string, Resource> = {
  "aws:lb/listener:Listener": listener,
  "aws:lb/listenerRule:ListenerRule": listenerRule,
};
