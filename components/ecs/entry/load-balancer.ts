/** The way in from outside: an Application Load Balancer that does what a definition's proxy says. */
import { SecurityGroup } from "@pulumi/aws/ec2/securityGroup.js";
import { LoadBalancer } from "@pulumi/aws/lb/loadBalancer.js";
import { TargetGroup } from "@pulumi/aws/lb/targetGroup.js";
import { Record as DnsRecord } from "@pulumi/aws/route53/record.js";
import { SecurityGroupIngressRule } from "@pulumi/aws/vpc/securityGroupIngressRule.js";
import * as pulumi from "@pulumi/pulumi";
import { refuse } from "../../hosts/first-contact/faults.ts";
import type { Proxy, Services } from "../../services/index.ts";
import type { EcsNetwork } from "../network/ecs-network.ts";
import { shortName, stackTags } from "../values.ts";
import { type DomainArgs, importCertificate, issueCertificate } from "./certificate.ts";
import { findLoadBalancerFaults } from "./faults.ts";
import { type DeclaredRule, declareListeners } from "./listeners.ts";
import { type Target, targetsOf } from "./targets.ts";

export interface EcsLoadBalancerArgs {
  /** In whose public subnets it is. */
  network: EcsNetwork;
  /** With a proxy: its routes, ports, timeouts, and its certificate unless another one is given here. */
  services: Services;
  /** A certificate of ACM that is there. @default `domain`'s, or else the proxy's own */
  certificateArn?: pulumi.Input<string>;
  /** Names that lead here, in Route 53. Without another certificate AWS issues one for them, and renews it. @default none */
  domain?: DomainArgs;
  /**
   * Versions and ciphers of TLS, by the name of AWS's policy.
   * @default "ELBSecurityPolicy-TLS13-1-2-Res-2021-06"
   */
  tlsPolicy?: string;
  /** The API refuses to delete it before this is taken back. @default false */
  deletionProtection?: boolean;
  /** A bucket for a line about each request; its policy lets the region's load balancers write. @default none */
  accessLogs?: { bucket: pulumi.Input<string>; prefix?: string };
  /**
   * Targets with a second target group, to which releases of ECS's own kinds (blue/green, canary, linear) shift: services,
   * or `service:port`. From then on their rules' actions are ECS's business.
   * @default []
   */
  shifted?: string[];
  /** Beside the network's and `Name`: as the network's, and with them at most 50. @default {} */
  tags?: Record<string, string>;
}

/** What is not said. */
const DEFAULTS = { tlsPolicy: "ELBSecurityPolicy-TLS13-1-2-Res-2021-06", httpsPort: 443 };
/** Seconds that AWS takes as idle timeout, at most. */
const LONGEST_IDLE = 4000;

/**
 * Requests that no route takes are answered with 404. Nobody but the world reaches it, at the proxy's ports.
 * Its name has 1 to 40 letters, digits and `-`; at AWS it is shorter.
 * @example `new EcsLoadBalancer("shop", { network, services })`
 * @throws pulumi.RunError if a property is not valid: all of them, each with what to do.
 */
export class EcsLoadBalancer extends pulumi.ComponentResource {
  public readonly arn: pulumi.Output<string>;
  /** As CloudWatch calls it: `app/NAME/ID`. */
  public readonly arnSuffix: pulumi.Output<string>;
  public readonly dnsName: pulumi.Output<string>;
  /** With the domain, where there is one; without a `/` at its end. */
  public readonly url: pulumi.Output<string>;
  /** It lets requests in, and nothing out: what opens a service to it adds a rule for the way out, too. */
  public readonly securityGroupId: pulumi.Output<string>;
  /** Ports of services that routes lead to, by key. */
  public readonly targets: Target[];
  /** ARNs by the target's key: `service`, or `service:port`. */
  public readonly targetGroups: Record<string, pulumi.Output<string>>;
  /** ARNs of those that releases shift to, by the target's key. */
  public readonly alternateTargetGroups: Record<string, pulumi.Output<string>>;
  /** As CloudWatch calls them, by the target's key: `targetgroup/NAME/ID`. */
  public readonly targetGroupSuffixes: Record<string, pulumi.Output<string>>;
  /** ECS takes target groups once a rule leads to them: services depend on these. */
  public readonly rules: DeclaredRule[];

  constructor(name: string, args: EcsLoadBalancerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("longshore:ecs:EcsLoadBalancer", name, {}, opts);
    refuse(`load balancer \`${name}\``, findLoadBalancerFaults(name, args));
    const { network, services, domain } = args;
    const proxy = services.proxy as Proxy;
    const shared = stackTags(network.tags, args.tags);
    const tags = { ...shared, Name: name };
    const certificate = this.certificate(name, args, proxy, tags);
    const httpsPort = proxy.tls?.port ?? DEFAULTS.httpsPort;
    this.securityGroupId = this.group(
      name,
      network.vpcId,
      certificate === undefined ? [proxy.port] : [proxy.port, httpsPort],
      tags,
    );
    const balancer = this.balancer(name, args, proxy, tags);
    this.targets = targetsOf(services);
    const groups = Object.fromEntries(
      this.targets.map((target) => {
        const group = (kind?: string) => this.targetGroup(name, target, network, shared, kind);
        const isShifted = args.shifted?.includes(target.key) === true;
        return [
          target.key,
          { main: group(), alternate: isShifted ? group("alternate") : undefined },
        ];
      }),
    );
    const entries = Object.entries(groups);
    this.targetGroups = Object.fromEntries(entries.map(([key, { main }]) => [key, main.arn]));
    this.targetGroupSuffixes = Object.fromEntries(
      entries.map(([key, { main }]) => [key, main.arnSuffix]),
    );
    this.alternateTargetGroups = Object.fromEntries(
      entries.flatMap(([key, { alternate }]) =>
        alternate === undefined ? [] : [[key, alternate.arn]],
      ),
    );
    const { tlsPolicy = DEFAULTS.tlsPolicy } = args;
    this.rules = declareListeners(
      name,
      { ...{ balancer, proxy, certificate, tlsPolicy, httpsPort, groups, tags: shared } },
      this,
    );
    if (domain !== undefined) this.names(name, domain, balancer, network.ipv6);
    this.arn = balancer.arn;
    this.arnSuffix = balancer.arnSuffix;
    this.dnsName = balancer.dnsName;
    const port = certificate === undefined ? proxy.port : httpsPort;
    const isUsual = port === (certificate === undefined ? 80 : 443);
    const scheme = certificate === undefined ? "http" : "https";
    const host = pulumi.output(domain?.name ?? balancer.dnsName);
    this.url = pulumi.interpolate`${scheme}://${host}${isUsual ? "" : `:${port}`}`;
    this.registerOutputs({ dnsName: this.dnsName, url: this.url });
  }

  private certificate(
    name: string,
    { certificateArn, domain }: EcsLoadBalancerArgs,
    proxy: Proxy,
    tags: Record<string, string>,
  ): pulumi.Output<string> | undefined {
    const parent = { parent: this };
    if (certificateArn !== undefined) return pulumi.output(certificateArn);
    if (domain !== undefined) return issueCertificate(name, domain, tags, parent);
    if (proxy.tls === undefined) return undefined;
    return importCertificate(name, proxy, proxy.tls, tags, parent);
  }

  private group(
    name: string,
    vpcId: pulumi.Output<string>,
    ports: number[],
    tags: Record<string, string>,
  ): pulumi.Output<string> {
    const parent = { parent: this };
    const description = `Longshore: load balancer ${name}`;
    const { id } = new SecurityGroup(`${name}-entry`, { vpcId, description, tags }, parent);
    for (const port of ports) {
      for (const [version, from] of [
        ["v4", { cidrIpv4: "0.0.0.0/0" }],
        ["v6", { cidrIpv6: "::/0" }],
      ] as const) {
        new SecurityGroupIngressRule(
          `${name}-port-${port}-${version}`,
          {
            ...{ securityGroupId: id, ipProtocol: "tcp", fromPort: port, toPort: port },
            ...{ ...from, tags },
          },
          parent,
        );
      }
    }
    return id;
  }

  private balancer(
    name: string,
    { network, accessLogs, deletionProtection = false }: EcsLoadBalancerArgs,
    { timeouts }: Proxy,
    tags: Record<string, string>,
  ): LoadBalancer {
    return new LoadBalancer(
      shortName(name),
      {
        ...{ loadBalancerType: "application", internal: false },
        ...{ subnets: network.publicSubnetIds, securityGroups: [this.securityGroupId] },
        ipAddressType: network.ipv6 ? "dualstack" : "ipv4",
        ...{ dropInvalidHeaderFields: true, enableHttp2: true, preserveHostHeader: true },
        // One for both sides: the longer silence is allowed.
        idleTimeout: Math.min(Math.max(timeouts.client, timeouts.server), LONGEST_IDLE),
        enableDeletionProtection: deletionProtection,
        ...(accessLogs === undefined ? {} : { accessLogs: { ...accessLogs, enabled: true } }),
        tags,
      },
      { parent: this },
    );
  }

  /** Named by Pulumi, so that a replaced one is there before the old one goes. */
  private targetGroup(
    name: string,
    target: Target,
    network: EcsNetwork,
    shared: Record<string, string>,
    kind?: string,
  ): TargetGroup {
    const { service, port, key, containerPort, deregistrationDelay, isSticky } = target;
    const own = `${name}-${service}`;
    const isPlain = port === undefined && kind === undefined;
    return new TargetGroup(
      isPlain ? shortName(own) : shortName(own, `${name} ${key} ${kind ?? ""}`),
      {
        ...{ targetType: "ip", vpcId: network.vpcId, protocol: "HTTP", port: containerPort },
        ...{ protocolVersion: target.protocolVersion, deregistrationDelay },
        healthCheck: { enabled: true, protocol: "HTTP", ...target.healthCheck },
        stickiness: { type: "lb_cookie", enabled: isSticky, cookieDuration: 86_400 },
        tags: { ...shared, Name: `${name}-${key}${kind === undefined ? "" : `-${kind}`}` },
      },
      { parent: this },
    );
  }

  private names(
    name: string,
    { name: domain, others = [], zoneId }: DomainArgs,
    { dnsName, zoneId: own }: LoadBalancer,
    hasIpv6: boolean,
  ): void {
    const aliases = [{ name: dnsName, zoneId: own, evaluateTargetHealth: false }];
    for (const each of [domain, ...others]) {
      for (const type of hasIpv6 ? ["A", "AAAA"] : ["A"]) {
        new DnsRecord(
          `${name}-${each}-${type}`,
          { zoneId, name: each, type, aliases },
          { parent: this },
        );
      }
    }
  }
}
