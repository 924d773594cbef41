/** Which calls of AWS's API the provider makes of the inputs of a load balancer, certificates and DNS. */
import { type Mapping, tags } from "../mappings.ts";
import { capitals, capitalized } from "./rename.ts";

type Values = Record<string, unknown>;
interface Condition {
  hostHeader?: Values;
  pathPattern?: Values;
  httpHeader?: Values;
}
const FIELDS = {
  hostHeader: "host-header",
  pathPattern: "path-pattern",
  httpHeader: "http-header",
};

/** What the provider sets as an attribute: a text under a key. */
const attribute = (Key: string) => (value: unknown) => ({
  Attributes: [{ Key, Value: String(value) }],
});
const actions = (name: string) => (value: Values[]) => ({
  [name]: value.map(({ type, targetGroupArn, forward, redirect, fixedResponse }) => ({
    Type: type,
    ...(targetGroupArn === undefined ? {} : { TargetGroupArn: targetGroupArn }),
    ...(forward === undefined ? {} : { ForwardConfig: forwardOf(forward as Forward) }),
    ...(redirect === undefined ? {} : { RedirectConfig: capitals(redirect) }),
    ...(fixedResponse === undefined ? {} : { FixedResponseConfig: capitals(fixedResponse) }),
  })),
});
interface Forward {
  targetGroups: { arn: string; weight: number }[];
}
const forwardOf = ({ targetGroups }: Forward) => ({
  TargetGroups: targetGroups.map(({ arn, weight }) => ({ TargetGroupArn: arn, Weight: weight })),
});
const check = (name: string) => `HealthCheck${name}`;

export const ENTRY_MAPPINGS: Record<string, Mapping> = {
  "aws:lb/loadBalancer:LoadBalancer": {
    ...{ service: "elbv2", named: true },
    calls: {
      CreateLoadBalancer: {
        inputs: {
          ...capitalized("name", "subnets", "securityGroups", "ipAddressType"),
          loadBalancerType: "Type",
          internal: (value: boolean) => ({ Scheme: value ? "internal" : "internet-facing" }),
          tags,
        },
      },
      ModifyLoadBalancerAttributes: {
        inputs: {
          dropInvalidHeaderFields: attribute("routing.http.drop_invalid_header_fields.enabled"),
          enableHttp2: attribute("routing.http2.enabled"),
          preserveHostHeader: attribute("routing.http.preserve_host_header.enabled"),
          idleTimeout: attribute("idle_timeout.timeout_seconds"),
          enableDeletionProtection: attribute("deletion_protection.enabled"),
          "accessLogs.enabled": attribute("access_logs.s3.enabled"),
          "accessLogs.bucket": attribute("access_logs.s3.bucket"),
          "accessLogs.prefix": attribute("access_logs.s3.prefix"),
        },
        adds: { LoadBalancerArn: "arn:aws:elasticloadbalancing:eu-central-1:1:loadbalancer/x" },
      },
    },
  },
  "aws:lb/targetGroup:TargetGroup": {
    ...{ service: "elbv2", named: true },
    calls: {
      CreateTargetGroup: {
        inputs: {
          ...capitalized("name", "targetType", "vpcId", "protocol", "port", "protocolVersion"),
          "healthCheck.enabled": check("Enabled"),
          "healthCheck.protocol": check("Protocol"),
          "healthCheck.path": check("Path"),
          "healthCheck.port": check("Port"),
          "healthCheck.matcher": "Matcher.HttpCode",
          "healthCheck.interval": check("IntervalSeconds"),
          "healthCheck.timeout": check("TimeoutSeconds"),
          "healthCheck.healthyThreshold": "HealthyThresholdCount",
          "healthCheck.unhealthyThreshold": "UnhealthyThresholdCount",
          tags,
        },
      },
      ModifyTargetGroupAttributes: {
        inputs: {
          deregistrationDelay: attribute("deregistration_delay.timeout_seconds"),
          "stickiness.enabled": attribute("stickiness.enabled"),
          "stickiness.type": attribute("stickiness.type"),
          "stickiness.cookieDuration": attribute("stickiness.lb_cookie.duration_seconds"),
        },
        adds: { TargetGroupArn: "arn:aws:elasticloadbalancing:eu-central-1:1:targetgroup/x" },
      },
    },
  },
  "aws:lb/listener:Listener": {
    service: "elbv2",
    calls: {
      CreateListener: {
        inputs: {
          ...capitalized("loadBalancerArn", "protocol", "port", "sslPolicy"),
          certificateArn: "Certificates.0.CertificateArn",
          defaultActions: actions("DefaultActions"),
          tags,
        },
      },
      ModifyListenerAttributes: {
        inputs: {
          routingHttpResponseStrictTransportSecurityHeaderValue: attribute(
            "routing.http.response.strict_transport_security.header_value",
          ),
        },
        adds: { ListenerArn: "arn:aws:elasticloadbalancing:eu-central-1:1:listener/x" },
      },
    },
  },
  "aws:lb/listenerRule:ListenerRule": {
    service: "elbv2",
    calls: {
      CreateRule: {
        inputs: {
          ...capitalized("listenerArn", "priority"),
          conditions: (found: Condition[]) => ({
            Conditions: found.map((condition) => {
              const [[kind, value] = ["", {}]] = Object.entries(condition);
              const field = kind as keyof typeof FIELDS;
              const name = `${kind.slice(0, 1).toUpperCase()}${kind.slice(1)}Config`;
              return { Field: FIELDS[field], [name]: capitals(value) };
            }),
          }),
          actions: actions("Actions"),
          tags,
        },
      },
    },
  },
  "aws:acm/certificate:Certificate": {
    service: "acm",
    calls: {
      RequestCertificate: {
        inputs: {
          ...capitalized("domainName", "validationMethod"),
          subjectAlternativeNames: (names: string[]) =>
            names.length === 0 ? {} : { SubjectAlternativeNames: names },
        },
        adds: { IdempotencyToken: "terraform0123" },
      },
      ImportCertificate: {
        inputs: {
          certificateBody: "Certificate",
          ...{ certificateChain: "CertificateChain", privateKey: "PrivateKey" },
        },
      },
      AddTagsToCertificate: {
        inputs: { tags },
        adds: { CertificateArn: "arn:aws:acm:eu-central-1:123456789012:certificate/0123" },
      },
    },
  },
  "aws:acm/certificateValidation:CertificateValidation": {
    service: "acm",
    calls: { DescribeCertificate: { inputs: { certificateArn: "CertificateArn" } } },
    kept: { validationRecordFqdns: "are compared with those that the certificate wants" },
  },
  "aws:route53/record:Record": {
    service: "route53",
    calls: {
      ChangeResourceRecordSets: {
        inputs: {
          zoneId: "HostedZoneId",
          ...{ name: `${change()}.Name`, type: `${change()}.Type`, ttl: `${change()}.TTL` },
          records: (values: string[]) => ({
            [`${change()}.ResourceRecords`]: values.map((Value) => ({ Value })),
          }),
          aliases: ([alias]: {
            name: string;
            zoneId: string;
            evaluateTargetHealth: boolean;
          }[]) => ({
            [`${change()}.AliasTarget`]: {
              ...{ DNSName: alias?.name, HostedZoneId: alias?.zoneId },
              EvaluateTargetHealth: alias?.evaluateTargetHealth,
            },
          }),
          allowOverwrite: (value: boolean) => ({
            "ChangeBatch.Changes.0.Action": value ? "UPSERT" : "CREATE",
          }),
        },
        adds: { "ChangeBatch.Changes.0.Action": "CREATE" },
      },
    },
  },
};

function change(): string {
  return "ChangeBatch.Changes.0.ResourceRecordSet";
}
