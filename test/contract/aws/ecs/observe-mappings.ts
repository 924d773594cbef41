/** Which calls of AWS's API the provider makes of the inputs of repositories, logs, alarms and dashboards. */
import { type Mapping, pairs, tags } from "../mappings.ts";
import { capitalized, same } from "./rename.ts";

export const OBSERVE_MAPPINGS: Record<string, Mapping> = {
  "aws:ecr/repository:Repository": {
    service: "ecr",
    calls: {
      CreateRepository: {
        inputs: {
          ...same("imageScanningConfiguration", "imageTagMutability"),
          name: "repositoryName",
          tags: (value: Record<string, string>) => ({ tags: pairs(value) }),
          imageTagMutabilityExclusionFilters: "imageTagMutabilityExclusionFilters",
          encryptionConfigurations: ([first]: unknown[]) => ({ encryptionConfiguration: first }),
        },
      },
      DeleteRepository: { inputs: { name: "repositoryName", forceDelete: "force" } },
    },
  },
  "aws:ecr/lifecyclePolicy:LifecyclePolicy": {
    service: "ecr",
    calls: {
      PutLifecyclePolicy: {
        inputs: { repository: "repositoryName", policy: "lifecyclePolicyText" },
      },
    },
  },
  "aws:cloudwatch/logGroup:LogGroup": {
    service: "logs",
    calls: {
      CreateLogGroup: {
        inputs: {
          ...{ name: "logGroupName", kmsKeyId: "kmsKeyId" },
          tags: (value: Record<string, string>) => ({ tags: value }),
        },
      },
      PutRetentionPolicy: {
        inputs: { name: "logGroupName", retentionInDays: "retentionInDays" },
      },
    },
    kept: { skipDestroy: "leaves it there" },
  },
  "aws:cloudwatch/metricAlarm:MetricAlarm": {
    ...{ service: "cloudwatch", named: true },
    calls: {
      PutMetricAlarm: {
        inputs: {
          ...capitalized("alarmDescription", "namespace", "metricName", "statistic", "period"),
          ...capitalized("evaluationPeriods", "threshold", "comparisonOperator"),
          ...{ name: "AlarmName", treatMissingData: "TreatMissingData" },
          ...{ alarmActions: "AlarmActions", okActions: "OKActions", tags },
          dimensions: (value: Record<string, string>) => ({
            Dimensions: Object.entries(value).map(([Name, Value]) => ({ Name, Value })),
          }),
        },
      },
    },
  },
  "aws:cloudwatch/dashboard:Dashboard": {
    service: "cloudwatch",
    calls: { PutDashboard: { inputs: capitalized("dashboardName", "dashboardBody") } },
  },
  "aws:sns/topic:Topic": {
    ...{ service: "sns", named: true },
    calls: { CreateTopic: { inputs: { name: "Name", tags } } },
  },
  "aws:sns/topicSubscription:TopicSubscription": {
    service: "sns",
    calls: {
      Subscribe: { inputs: { topic: "TopicArn", protocol: "Protocol", endpoint: "Endpoint" } },
    },
  },
};
