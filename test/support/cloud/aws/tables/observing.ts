/** Logs, alarms, dashboards and scaling. */
import type { Params } from "../client.ts";
import { type At, type Resource, at, text } from "../resource.ts";

const logGroup: Resource = {
  ...{ service: "logs", named: 512 },
  defaults: { retentionInDays: 0, skipDestroy: false },
  replace: ["name", "namePrefix", "logGroupClass"],
  names: { name: "logGroupName" },
  kept: ["skipDestroy"],
  create: { operation: "CreateLogGroup", id: (_, { inputs }) => text(inputs.name) },
  settings: [
    {
      of: ["retentionInDays"],
      operation: "PutRetentionPolicy",
      // None: for ever.
      params: ({ id, inputs }) =>
        inputs.retentionInDays === 0
          ? []
          : { logGroupName: id, retentionInDays: inputs.retentionInDays },
    },
    {
      of: ["retentionInDays"],
      when: "update",
      operation: "DeleteRetentionPolicy",
      params: ({ id, inputs }) => (inputs.retentionInDays === 0 ? { logGroupName: id } : []),
    },
    {
      of: ["kmsKeyId"],
      when: "update",
      operation: "AssociateKmsKey",
      params: ({ id, inputs }) => ({ logGroupName: id, kmsKeyId: inputs.kmsKeyId }),
    },
  ],
  read: [
    {
      operation: "DescribeLogGroups",
      params: ({ id }) => ({ logGroupNamePrefix: id }),
      pick: ({ logGroups }, { id }) =>
        (logGroups as Params[]).find(({ logGroupName }) => logGroupName === id),
    },
  ],
  outputs: (data) => ({
    arn: text(data.arn).replace(/:\*$/, ""),
    retentionInDays: data.retentionInDays ?? 0,
  }),
  remove: [
    {
      operation: "DeleteLogGroup",
      params: ({ id, state }) => (state.skipDestroy === true ? [] : { logGroupName: id }),
    },
  ],
  tagged: ({ state }) => text(state.arn).replace(/:\*$/, ""),
};

const ALARM = [
  ...["actionsEnabled", "alarmActions", "alarmDescription", "comparisonOperator"],
  ...["datapointsToAlarm", "dimensions", "evaluationPeriods", "extendedStatistic"],
  ...["insufficientDataActions", "metricName", "metricQueries", "namespace", "okActions"],
  ...["period", "statistic", "threshold", "thresholdMetricId", "treatMissingData", "unit"],
];

const metricAlarm: Resource = {
  ...{ service: "cloudwatch", named: 255 },
  defaults: { actionsEnabled: true, treatMissingData: "missing" },
  replace: ["name"],
  names: {
    name: "AlarmName",
    arn: "AlarmArn",
    metricQueries: "Metrics",
    "metricQueries.metric": "MetricStat",
    "metricQueries.metric.metricName": "Metric.MetricName",
    "metricQueries.metric.namespace": "Metric.Namespace",
    "metricQueries.metric.dimensions": "Metric.Dimensions",
  },
  create: { operation: "PutMetricAlarm", id: (_, { inputs }) => text(inputs.name) },
  settings: [
    {
      of: ALARM,
      when: "update",
      with: "given",
      operation: "PutMetricAlarm",
      params: ({ id }) => ({ AlarmName: id }),
    },
  ],
  read: [
    {
      operation: "DescribeAlarms",
      params: ({ id }) => ({ AlarmNames: [id] }),
      pick: "MetricAlarms.0",
    },
  ],
  remove: [{ operation: "DeleteAlarms", params: ({ id }) => ({ AlarmNames: [id] }) }],
  tagged: ({ state }) => text(state.AlarmArn ?? state.arn),
};

const dashboard: Resource = {
  service: "cloudwatch",
  replace: ["dashboardName"],
  json: ["dashboardBody"],
  create: { operation: "PutDashboard", id: (_, { inputs }) => text(inputs.dashboardName) },
  settings: [
    {
      of: ["dashboardBody"],
      when: "update",
      with: "given",
      operation: "PutDashboard",
      params: ({ id }) => ({ DashboardName: id }),
    },
  ],
  read: [
    {
      operation: "GetDashboard",
      params: ({ id }) => ({ DashboardName: id }),
      pick: (answer) => answer,
    },
  ],
  remove: [{ operation: "DeleteDashboards", params: ({ id }) => ({ DashboardNames: [id] }) }],
};

/** What says which target it is. */
const target = ({ inputs, state }: Pick<At, "inputs" | "state">) => {
  const { serviceNamespace, resourceId, scalableDimension } = { ...state, ...inputs };
  return {
    ...{ ServiceNamespace: serviceNamespace, ResourceId: resourceId },
    ScalableDimension: scalableDimension,
  };
};

const scalableTarget: Resource = {
  service: "application-autoscaling",
  replace: ["resourceId", "scalableDimension", "serviceNamespace"],
  names: { roleArn: "RoleARN", arn: "ScalableTargetARN" },
  create: { operation: "RegisterScalableTarget", id: (_, { inputs }) => text(inputs.resourceId) },
  settings: [
    {
      of: ["minCapacity", "maxCapacity", "roleArn", "suspendedState"],
      when: "update",
      with: "given",
      operation: "RegisterScalableTarget",
      params: target,
    },
  ],
  read: [
    {
      operation: "DescribeScalableTargets",
      params: (place) => {
        const { ServiceNamespace, ResourceId, ScalableDimension } = target(place);
        return { ServiceNamespace, ResourceIds: [ResourceId], ScalableDimension };
      },
      pick: "ScalableTargets.0",
    },
  ],
  remove: [{ operation: "DeregisterScalableTarget", params: target }],
};

const POLICIES = {
  stepScalingPolicyConfiguration: "StepScalingPolicyConfiguration",
  targetTrackingScalingPolicyConfiguration: "TargetTrackingScalingPolicyConfiguration",
};

const scalingPolicy: Resource = {
  ...{ service: "application-autoscaling", named: 256 },
  defaults: { policyType: "StepScaling" },
  replace: ["name", "resourceId", "scalableDimension", "serviceNamespace", "policyType"],
  names: { name: "PolicyName", arn: "PolicyARN", alarmArns: "Nothing" },
  create: { operation: "PutScalingPolicy", id: (_, { inputs }) => text(inputs.name) },
  settings: [
    {
      of: Object.keys(POLICIES),
      when: "update",
      with: "given",
      operation: "PutScalingPolicy",
      params: ({ id, inputs, state }) => ({
        ...target({ inputs, state }),
        ...{ PolicyName: id, PolicyType: inputs.policyType },
      }),
    },
  ],
  read: [
    {
      operation: "DescribeScalingPolicies",
      params: (place) => ({ ...target(place), PolicyNames: [place.id] }),
      pick: "ScalingPolicies.0",
    },
  ],
  outputs: (data) => ({
    alarmArns: ((data.Alarms ?? []) as Params[]).map((each) => at(each, "AlarmARN")),
  }),
  remove: [
    {
      operation: "DeleteScalingPolicy",
      params: (place) => ({ ...target(place), PolicyName: place.id }),
    },
  ],
};

export const OBSERVING: Record<string, Resource> = {
  "aws:cloudwatch/logGroup:LogGroup": logGroup,
  "aws:cloudwatch/metricAlarm:MetricAlarm": metricAlarm,
  "aws:cloudwatch/dashboard:Dashboard": dashboard,
  "aws:appautoscaling/target:Target": scalableTarget,
  "aws:appautoscaling/policy:Policy": scalingPolicy,
};
