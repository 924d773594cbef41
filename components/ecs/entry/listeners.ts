/** The ports of a load balancer, and which requests go where. */
import { Listener } from "@pulumi/aws/lb/listener.js";
import { ListenerRule } from "@pulumi/aws/lb/listenerRule.js";
import type { LoadBalancer } from "@pulumi/aws/lb/loadBalancer.js";
import type { TargetGroup } from "@pulumi/aws/lb/targetGroup.js";
import type * as pulumi from "@pulumi/pulumi";
import type { Hsts, Proxy } from "../../services/index.ts";
import { listenerRules } from "./rules.ts";

export interface ListenerFacts {
  balancer: LoadBalancer;
  proxy: Proxy;
  /** ARN; undefined: HTTP alone. */
  certificate: pulumi.Output<string> | undefined;
  tlsPolicy: string;
  /** Port of HTTPS, with a certificate. */
  httpsPort: number;
  /** By the target's key: the one that serves, and the one that releases shift to. */
  groups: Record<string, { main: TargetGroup; alternate?: TargetGroup | undefined }>;
  tags: Record<string, string>;
}

/** A rule, and where its requests go. */
export interface DeclaredRule {
  /** The target's key. */
  to: string;
  /** Whether it is of the listener for HTTPS, where there is one; else of that for HTTP. */
  isMain: boolean;
  rule: ListenerRule;
}

/** Declares them as children of a component. */
export function declareListeners(
  name: string,
  facts: ListenerFacts,
  component: pulumi.Resource,
): DeclaredRule[] {
  const { balancer, proxy, certificate, tlsPolicy, httpsPort } = facts;
  const { redirect = true, hsts } = proxy.tls ?? {};
  const parent = { parent: component };
  const tags = { ...facts.tags, Name: name };
  const plain = new Listener(
    `${name}-http`,
    {
      ...{ loadBalancerArn: balancer.arn, protocol: "HTTP", port: proxy.port },
      defaultActions: [certificate !== undefined && redirect ? redirectTo(httpsPort) : notFound()],
      tags,
    },
    parent,
  );
  if (certificate === undefined) return declareRules(`${name}-http`, plain, true, facts, component);
  const safe = new Listener(
    `${name}-https`,
    {
      ...{ loadBalancerArn: balancer.arn, protocol: "HTTPS", port: httpsPort },
      ...{ certificateArn: certificate, sslPolicy: tlsPolicy },
      ...(hsts === undefined
        ? {}
        : { routingHttpResponseStrictTransportSecurityHeaderValue: hstsHeader(hsts) }),
      defaultActions: [notFound()],
      tags,
    },
    parent,
  );
  return [
    ...declareRules(`${name}-https`, safe, true, facts, component),
    ...(redirect ? [] : declareRules(`${name}-http`, plain, false, facts, component)),
  ];
}

/**
 * Rules are called after their priority: another order changes what they say, not their priorities, of which a listener
 * takes none twice.
 */
function declareRules(
  name: string,
  listener: Listener,
  isMain: boolean,
  { proxy, groups, tags }: ListenerFacts,
  component: pulumi.Resource,
): DeclaredRule[] {
  return listenerRules(proxy.routes).flatMap(({ priority, conditions, to: service, port }) => {
    const to = port === undefined ? service : `${service}:${port}`;
    const group = groups[to];
    if (group === undefined) return [];
    const { main, alternate } = group;
    const rule = new ListenerRule(
      `${name}-${priority}`,
      {
        ...{ listenerArn: listener.arn, priority, conditions },
        actions: [
          alternate === undefined
            ? { type: "forward", targetGroupArn: main.arn }
            : {
                type: "forward",
                forward: {
                  targetGroups: [
                    { arn: main.arn, weight: 100 },
                    { arn: alternate.arn, weight: 0 },
                  ],
                },
              },
        ],
        tags: { ...tags, Name: `${name}-${priority}` },
      },
      // Releases of ECS move the weights.
      { parent: component, ignoreChanges: alternate === undefined ? [] : ["actions"] },
    );
    return [{ to, isMain, rule }];
  });
}

function redirectTo(port: number) {
  return {
    type: "redirect",
    redirect: { protocol: "HTTPS", port: String(port), statusCode: "HTTP_301" },
  };
}

function notFound() {
  return {
    type: "fixed-response",
    fixedResponse: { contentType: "text/plain", messageBody: "Not found\n", statusCode: "404" },
  };
}

/** What browsers are told, as RFC 6797 has it. */
export function hstsHeader({ maxAge, includeSubDomains, preload }: Hsts): string {
  return [
    `max-age=${maxAge}`,
    ...(includeSubDomains ? ["includeSubDomains"] : []),
    ...(preload ? ["preload"] : []),
  ].join("; ");
}
