/** Certificates and the domains' records. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Params } from "../client.ts";
import { type At, type Resource, at, text } from "../resource.ts";

/** Brought along, or asked for. */
const imported = ["certificateBody", "certificateChain", "privateKey"];

const certificate: Resource = {
  service: "acm",
  replace: [
    ...["certificateAuthorityArn", "domainName", "keyAlgorithm", "subjectAlternativeNames"],
    ...["validationMethod", "validationOptions"],
  ],
  names: { arn: "CertificateArn", validationMethod: "ValidationMethod" },
  kept: imported,
  secret: ["privateKey"],
  create: {
    operation: "RequestCertificate",
    instead: ({ inputs }) =>
      inputs.privateKey === undefined
        ? undefined
        : {
            operation: "ImportCertificate",
            params: {
              Certificate: inputs.certificateBody,
              PrivateKey: inputs.privateKey,
              ...(inputs.certificateChain !== undefined && {
                CertificateChain: inputs.certificateChain,
              }),
            },
          },
    id: ({ CertificateArn }) => text(CertificateArn),
  },
  settings: [
    {
      of: imported,
      when: "update",
      operation: "ImportCertificate",
      params: ({ id, inputs }) => ({
        ...{ CertificateArn: id, Certificate: inputs.certificateBody },
        PrivateKey: inputs.privateKey,
        ...(inputs.certificateChain !== undefined && {
          CertificateChain: inputs.certificateChain,
        }),
      }),
    },
  ],
  read: [
    {
      operation: "DescribeCertificate",
      params: ({ id }) => ({ CertificateArn: id }),
      pick: "Certificate",
    },
  ],
  outputs: (data) => ({
    validationMethod: at(data, "DomainValidationOptions.0.ValidationMethod") ?? "NONE",
    domainValidationOptions: ((data.DomainValidationOptions ?? []) as Params[]).map((option) => ({
      domainName: option.DomainName,
      resourceRecordName: at(option, "ResourceRecord.Name"),
      resourceRecordType: at(option, "ResourceRecord.Type"),
      resourceRecordValue: at(option, "ResourceRecord.Value"),
    })),
  }),
  remove: [{ operation: "DeleteCertificate", params: ({ id }) => ({ CertificateArn: id }) }],
  tagged: ({ id }) => id,
};

/** Nothing that is made: it ends when AWS has seen the records. */
const certificateValidation: Resource = {
  service: "acm",
  replace: ["certificateArn", "validationRecordFqdns"],
  kept: ["certificateArn", "validationRecordFqdns"],
  create: {
    operation: "DescribeCertificate",
    add: ({ inputs }) => ({ CertificateArn: inputs.certificateArn }),
    id: (answer) => text(at(answer, "Certificate.CertificateArn")),
  },
  read: [
    {
      operation: "DescribeCertificate",
      params: ({ inputs, state }) => ({
        CertificateArn: inputs.certificateArn ?? state.certificateArn,
      }),
      pick: (answer) => (at(answer, "Certificate.Status") === "ISSUED" ? {} : undefined),
    },
  ],
  wait: async (call, { inputs }, what) => {
    for (let status: unknown; what === "create" && status !== "ISSUED"; await sleep(250)) {
      const answer = await call("DescribeCertificate", { CertificateArn: inputs.certificateArn });
      status = at(answer, "Certificate.Status");
      if (status !== "PENDING_VALIDATION" && status !== "ISSUED")
        throw new Error(`the certificate is ${String(status)}`);
    }
  },
  remove: [],
};

function change(Action: string, values: Params): Params {
  const { zoneId, name, type, ttl, records, aliases } = values;
  const [alias] = (aliases ?? []) as Params[];
  return {
    HostedZoneId: zoneId,
    ChangeBatch: {
      Changes: [
        {
          Action,
          ResourceRecordSet: {
            ...{ Name: name, Type: type },
            ...(ttl !== undefined && { TTL: ttl }),
            ...(records !== undefined && {
              ResourceRecords: (records as string[]).map((Value) => ({ Value })),
            }),
            ...(alias !== undefined && {
              AliasTarget: {
                ...{ DNSName: alias.name, HostedZoneId: alias.zoneId },
                EvaluateTargetHealth: alias.evaluateTargetHealth,
              },
            }),
          },
        },
      ],
    },
  };
}

const plain = (name: unknown) => text(name).replace(/\.$/, "");
const wanted = ({ inputs, state }: At): Params => ({ ...state, ...inputs });

const record: Resource = {
  service: "route53",
  replace: ["zoneId", "name", "type", "setIdentifier"],
  kept: ["aliases", "allowOverwrite", "name", "records", "ttl", "type", "zoneId"],
  create: {
    operation: "ChangeResourceRecordSets",
    add: ({ inputs }) => change(inputs.allowOverwrite === true ? "UPSERT" : "CREATE", inputs),
    id: (_, { inputs }) => `${text(inputs.zoneId)}_${text(inputs.name)}_${text(inputs.type)}`,
  },
  settings: [
    {
      of: ["aliases", "records", "ttl"],
      when: "update",
      operation: "ChangeResourceRecordSets",
      params: ({ inputs }) => change("UPSERT", inputs),
    },
  ],
  read: [
    {
      operation: "ListResourceRecordSets",
      params: (place) => ({ HostedZoneId: wanted(place).zoneId }),
      pick: ({ ResourceRecordSets }, place) => {
        const { name, type } = wanted(place);
        return (ResourceRecordSets as Params[]).find(
          ({ Name, Type }) => plain(Name) === plain(name) && Type === type,
        );
      },
    },
  ],
  outputs: (data) => ({
    fqdn: plain(data.Name),
    ttl: data.TTL,
    records: (data.ResourceRecords as Params[] | undefined)?.map(({ Value }) => Value),
    ...(data.AliasTarget !== undefined && {
      records: undefined,
      aliases: [
        {
          name: plain(at(data, "AliasTarget.DNSName")),
          zoneId: at(data, "AliasTarget.HostedZoneId"),
          evaluateTargetHealth: at(data, "AliasTarget.EvaluateTargetHealth"),
        },
      ],
    }),
  }),
  remove: [
    { operation: "ChangeResourceRecordSets", params: ({ state }) => change("DELETE", state) },
  ],
};

export const NAMES: Record<string, Resource> = {
  "aws:acm/certificate:Certificate": certificate,
  "aws:acm/certificateValidation:CertificateValidation": certificateValidation,
  "aws:route53/record:Record": record,
};
