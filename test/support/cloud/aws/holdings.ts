/** What an account has, asked of AWS's API: for what is left behind. */
import { AwsClient, type Params } from "./client.ts";
import { text } from "./resource.ts";

/** By service: operation, the list in its answer, and what names an entry. */
const LISTS: [service: string, operation: string, list: string, name: string][] = [
  ["ec2", "DescribeVpcs", "Vpcs", "VpcId"],
  ["ec2", "DescribeSubnets", "Subnets", "SubnetId"],
  ["ec2", "DescribeInternetGateways", "InternetGateways", "InternetGatewayId"],
  ["ec2", "DescribeRouteTables", "RouteTables", "RouteTableId"],
  ["ec2", "DescribeSecurityGroups", "SecurityGroups", "GroupId"],
  ["ec2", "DescribeSecurityGroupRules", "SecurityGroupRules", "SecurityGroupRuleId"],
  ["elbv2", "DescribeLoadBalancers", "LoadBalancers", "LoadBalancerArn"],
  ["elbv2", "DescribeTargetGroups", "TargetGroups", "TargetGroupArn"],
  ["ecs", "ListClusters", "clusterArns", ""],
  ["ecs", "ListTaskDefinitions", "taskDefinitionArns", ""],
  ["servicediscovery", "ListNamespaces", "Namespaces", "Id"],
  ["iam", "ListRoles", "Roles", "RoleName"],
  ["ssm", "DescribeParameters", "Parameters", "Name"],
  ["logs", "DescribeLogGroups", "logGroups", "logGroupName"],
  ["cloudwatch", "DescribeAlarms", "MetricAlarms", "AlarmName"],
  ["sns", "ListTopics", "Topics", "TopicArn"],
  ["efs", "DescribeFileSystems", "FileSystems", "FileSystemId"],
  ["efs", "DescribeAccessPoints", "AccessPoints", "AccessPointId"],
  ["ecr", "DescribeRepositories", "repositories", "repositoryName"],
];

/** @param env has `AWS_ENDPOINT_URL`. */
export async function holdings(env: NodeJS.ProcessEnv): Promise<string[]> {
  const client = await AwsClient.start(env);
  try {
    const found = await Promise.all(
      LISTS.map(async ([service, operation, list, name]) => {
        const all = (await client.call(service, operation, {}))[list] as (Params | string)[];
        return all.map((each) => `${list} ${typeof each === "string" ? each : text(each[name])}`);
      }),
    );
    return found.flat().sort();
  } finally {
    client.stop();
  }
}
