/** Load balancers, their listeners, rules and target groups. */
import type { Params } from "../client.ts";
import { type Resource, type Setting, at, text } from "../resource.ts";

/** Attributes by input: how AWS calls them. Each is sent when it is given, as text. */
function attributes(operation: string, arn: string, keys: Record<string, string>): Setting {
  return {
    of: Object.keys(keys),
    operation,
    params: ({ id, inputs }) => ({
      [arn]: id,
      Attributes: Object.entries(keys).flatMap(([path, Key]) => {
        const value = at(inputs, path);
        const isGiven = ["boolean", "number", "string"].includes(typeof value);
        return isGiven ? [{ Key, Value: String(value) }] : [];
      }),
    }),
  };
}

/** The other way about. */
const readAttributes = (data: Params, keys: Record<string, string>) =>
  Object.fromEntries(
    Object.entries(keys).map(([input, key]) => {
      const value = (data.Attributes as Params[]).find(({ Key }) => Key === key)?.Value;
      return [input, value === "true" ? true : value === "false" ? false : asNumber(value)];
    }),
  );
const asNumber = (value: unknown) =>
  typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value;

const suffix = (arn: unknown, before: string) => text(arn).replace(new RegExp(`^.*:${before}`), "");

const BALANCER_ATTRIBUTES = {
  idleTimeout: "idle_timeout.timeout_seconds",
  enableHttp2: "routing.http2.enabled",
  dropInvalidHeaderFields: "routing.http.drop_invalid_header_fields.enabled",
  preserveHostHeader: "routing.http.preserve_host_header.enabled",
  enableDeletionProtection: "deletion_protection.enabled",
  desyncMitigationMode: "routing.http.desync_mitigation_mode",
  xffHeaderProcessingMode: "routing.http.xff_header_processing.mode",
  enableXffClientPort: "routing.http.xff_client_port.enabled",
};

const loadBalancer: Resource = {
  ...{ service: "elbv2", named: 32 },
  defaults: {
    ...{ loadBalancerType: "application", idleTimeout: 60, enableHttp2: true },
    ...{ dropInvalidHeaderFields: false, preserveHostHeader: false },
    ...{ enableDeletionProtection: false, desyncMitigationMode: "defensive" },
    ...{ xffHeaderProcessingMode: "append", enableXffClientPort: false },
  },
  replace: ["name", "internal", "loadBalancerType", "customerOwnedIpv4Pool"],
  names: {
    loadBalancerType: "Type",
    internal: (value: boolean) => ({ Scheme: value ? "internal" : "internet-facing" }),
    arn: "LoadBalancerArn",
    dnsName: "DNSName",
    zoneId: "CanonicalHostedZoneId",
    name: "Name",
  },
  create: {
    operation: "CreateLoadBalancer",
    id: (answer) => text(at(answer, "LoadBalancers.0.LoadBalancerArn")),
  },
  settings: [
    attributes("ModifyLoadBalancerAttributes", "LoadBalancerArn", BALANCER_ATTRIBUTES),
    {
      of: ["accessLogs"],
      operation: "ModifyLoadBalancerAttributes",
      params: ({ id, inputs }) => ({
        LoadBalancerArn: id,
        Attributes: [
          {
            Key: "access_logs.s3.enabled",
            Value: String(at(inputs, "accessLogs.enabled") === true),
          },
          { Key: "access_logs.s3.bucket", Value: at(inputs, "accessLogs.bucket") ?? "" },
          { Key: "access_logs.s3.prefix", Value: at(inputs, "accessLogs.prefix") ?? "" },
        ],
      }),
    },
    {
      of: ["subnets"],
      when: "update",
      with: "given",
      operation: "SetSubnets",
      params: ({ id }) => ({ LoadBalancerArn: id }),
    },
    {
      of: ["securityGroups"],
      when: "update",
      with: "given",
      operation: "SetSecurityGroups",
      params: ({ id }) => ({ LoadBalancerArn: id }),
    },
  ],
  unread: ["accessLogs"],
  read: [
    {
      operation: "DescribeLoadBalancers",
      params: ({ id }) => ({ LoadBalancerArns: [id] }),
      pick: "LoadBalancers.0",
    },
    {
      operation: "DescribeLoadBalancerAttributes",
      params: ({ id }) => ({ LoadBalancerArn: id }),
      pick: ({ Attributes }) => ({ Attributes }),
    },
  ],
  outputs: (data, { id }) => ({
    arn: id,
    name: data.LoadBalancerName,
    arnSuffix: suffix(id, "loadbalancer/"),
    internal: data.Scheme === "internal",
    subnets: ((data.AvailabilityZones ?? []) as Params[]).map(({ SubnetId }) => SubnetId),
    ...readAttributes(data, BALANCER_ATTRIBUTES),
  }),
  remove: [{ operation: "DeleteLoadBalancer", params: ({ id }) => ({ LoadBalancerArn: id }) }],
  tagged: ({ id }) => id,
};

const GROUP_ATTRIBUTES = {
  deregistrationDelay: "deregistration_delay.timeout_seconds",
  slowStart: "slow_start.duration_seconds",
  loadBalancingAlgorithmType: "load_balancing.algorithm.type",
};
const HEALTH_CHECK = {
  enabled: "HealthCheckEnabled",
  healthyThreshold: "HealthyThresholdCount",
  interval: "HealthCheckIntervalSeconds",
  path: "HealthCheckPath",
  port: "HealthCheckPort",
  protocol: "HealthCheckProtocol",
  timeout: "HealthCheckTimeoutSeconds",
  unhealthyThreshold: "UnhealthyThresholdCount",
};

const healthCheck = ({ matcher, ...check }: Params) => ({
  ...Object.fromEntries(
    Object.entries(HEALTH_CHECK)
      .filter(([name]) => check[name] !== undefined)
      .map(([name, parameter]) => [parameter, check[name]]),
  ),
  ...(matcher !== undefined && { Matcher: { HttpCode: matcher } }),
});

const targetGroup: Resource = {
  ...{ service: "elbv2", named: 32 },
  defaults: { ...{ targetType: "instance", deregistrationDelay: 300, slowStart: 0 } },
  replace: ["name", "port", "protocol", "protocolVersion", "vpcId", "targetType", "ipAddressType"],
  names: { healthCheck, name: "Name" },
  create: {
    operation: "CreateTargetGroup",
    id: (answer) => text(at(answer, "TargetGroups.0.TargetGroupArn")),
  },
  settings: [
    attributes("ModifyTargetGroupAttributes", "TargetGroupArn", GROUP_ATTRIBUTES),
    {
      of: ["stickiness"],
      operation: "ModifyTargetGroupAttributes",
      params: ({ id, inputs }) => {
        const { type, enabled, cookieDuration, cookieName } = inputs.stickiness as Params;
        const duration = type === "app_cookie" ? "app_cookie" : "lb_cookie";
        const all: [string, unknown][] = [
          ["stickiness.enabled", enabled ?? true],
          ["stickiness.type", type],
          [`stickiness.${duration}.duration_seconds`, cookieDuration ?? 86400],
          ["stickiness.app_cookie.cookie_name", cookieName],
        ];
        const given = all.filter(([, value]) => value !== undefined);
        return {
          TargetGroupArn: id,
          Attributes: given.map(([Key, value]) => ({ Key, Value: String(value) })),
        };
      },
    },
    {
      of: ["healthCheck"],
      when: "update",
      with: "given",
      operation: "ModifyTargetGroup",
      params: ({ id }) => ({ TargetGroupArn: id }),
    },
  ],
  read: [
    {
      operation: "DescribeTargetGroups",
      params: ({ id }) => ({ TargetGroupArns: [id] }),
      pick: "TargetGroups.0",
    },
    {
      operation: "DescribeTargetGroupAttributes",
      params: ({ id }) => ({ TargetGroupArn: id }),
      pick: ({ Attributes }) => ({ Attributes }),
    },
  ],
  outputs: (data, { id }) => {
    const { type, enabled, cookieDuration } = readAttributes(data, {
      type: "stickiness.type",
      enabled: "stickiness.enabled",
      cookieDuration: "stickiness.lb_cookie.duration_seconds",
    });
    return {
      arn: id,
      name: data.TargetGroupName,
      arnSuffix: suffix(id, ""),
      loadBalancerArns: data.LoadBalancerArns,
      healthCheck: {
        ...Object.fromEntries(
          Object.entries(HEALTH_CHECK).map(([name, from]) => [name, data[from]]),
        ),
        matcher: at(data, "Matcher.HttpCode"),
      },
      stickiness: { type, enabled, cookieDuration },
      ...readAttributes(data, GROUP_ATTRIBUTES),
    };
  },
  remove: [{ operation: "DeleteTargetGroup", params: ({ id }) => ({ TargetGroupArn: id }) }],
  tagged: ({ id }) => id,
};

export const BALANCING: Record<string, Resource> = {
  "aws:lb/loadBalancer:LoadBalancer": loadBalancer,
  "aws:lb/targetGroup:TargetGroup": targetGroup,
};
