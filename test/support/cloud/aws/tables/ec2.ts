/**
 * Networks. The replace rules here and in the other tables stand for the `ForceNew` of terraform-provider-aws, which
 * `@pulumi/aws` is made of; those of ECS services were read there, the others are from knowledge of it.
 */
import type { Params } from "../client.ts";
import type { At, Resource } from "../resource.ts";
import { at, specified, text } from "../resource.ts";

const arnOf =
  (kind: string) =>
  (_: Params, { region, account, id }: At) => ({
    arn: `arn:aws:ec2:${region}:${account}:${kind}/${id}`,
  });
const attribute = (name: string) => ({
  operation: "DescribeVpcAttribute",
  params: ({ id }: At) => ({ VpcId: id, Attribute: name.charAt(0).toLowerCase() + name.slice(1) }),
  pick: (answer: Params) => ({ [name]: at(answer, `${name}.Value`) }),
});
const setAttribute = (input: string, parameter: string) => ({
  of: [input],
  operation: "ModifyVpcAttribute",
  params: ({ id, inputs }: At) => ({ VpcId: id, [parameter]: { Value: inputs[input] } }),
});

const vpc: Resource = {
  service: "ec2",
  defaults: { enableDnsSupport: true, instanceTenancy: "default" },
  replace: ["cidrBlock", "ipv4IpamPoolId", "ipv4NetmaskLength"],
  names: { tags: specified("vpc") },
  create: { operation: "CreateVpc", id: (answer) => text(at(answer, "Vpc.VpcId")) },
  settings: [
    setAttribute("enableDnsSupport", "EnableDnsSupport"),
    setAttribute("enableDnsHostnames", "EnableDnsHostnames"),
  ],
  read: [
    { operation: "DescribeVpcs", params: ({ id }) => ({ VpcIds: [id] }), pick: "Vpcs.0" },
    attribute("EnableDnsSupport"),
    attribute("EnableDnsHostnames"),
  ],
  outputs: arnOf("vpc"),
  remove: [{ operation: "DeleteVpc", params: ({ id }) => ({ VpcId: id }) }],
};

const subnet: Resource = {
  service: "ec2",
  defaults: { mapPublicIpOnLaunch: false },
  replace: ["vpcId", "cidrBlock", "availabilityZone", "availabilityZoneId"],
  names: { tags: specified("subnet"), arn: "SubnetArn" },
  create: { operation: "CreateSubnet", id: (answer) => text(at(answer, "Subnet.SubnetId")) },
  settings: [
    {
      of: ["mapPublicIpOnLaunch"],
      operation: "ModifySubnetAttribute",
      params: ({ id, inputs }) => ({
        SubnetId: id,
        MapPublicIpOnLaunch: { Value: inputs.mapPublicIpOnLaunch },
      }),
    },
  ],
  read: [
    { operation: "DescribeSubnets", params: ({ id }) => ({ SubnetIds: [id] }), pick: "Subnets.0" },
  ],
  remove: [{ operation: "DeleteSubnet", params: ({ id }) => ({ SubnetId: id }) }],
};

const internetGateway: Resource = {
  service: "ec2",
  replace: [],
  names: { tags: specified("internet-gateway") },
  create: {
    operation: "CreateInternetGateway",
    id: (answer) => text(at(answer, "InternetGateway.InternetGatewayId")),
  },
  settings: [
    {
      of: ["vpcId"],
      when: "create",
      operation: "AttachInternetGateway",
      params: ({ id, inputs }) => ({ InternetGatewayId: id, VpcId: inputs.vpcId }),
    },
  ],
  read: [
    {
      operation: "DescribeInternetGateways",
      params: ({ id }) => ({ InternetGatewayIds: [id] }),
      pick: "InternetGateways.0",
    },
  ],
  outputs: (data, place) => ({
    ...arnOf("internet-gateway")(data, place),
    vpcId: at(data, "Attachments.0.VpcId"),
  }),
  remove: [
    {
      operation: "DetachInternetGateway",
      params: ({ id, state }) =>
        state.vpcId === undefined ? [] : { InternetGatewayId: id, VpcId: state.vpcId },
    },
    { operation: "DeleteInternetGateway", params: ({ id }) => ({ InternetGatewayId: id }) },
  ],
};

const routeTable: Resource = {
  service: "ec2",
  replace: ["vpcId"],
  names: { tags: specified("route-table"), routes: "Nothing" },
  create: {
    operation: "CreateRouteTable",
    id: (answer) => text(at(answer, "RouteTable.RouteTableId")),
  },
  read: [
    {
      operation: "DescribeRouteTables",
      params: ({ id }) => ({ RouteTableIds: [id] }),
      pick: "RouteTables.0",
    },
  ],
  outputs: arnOf("route-table"),
  remove: [{ operation: "DeleteRouteTable", params: ({ id }) => ({ RouteTableId: id }) }],
};

const DESTINATIONS = ["destinationCidrBlock", "destinationIpv6CidrBlock"] as const;
const destination = ({ inputs }: Pick<At, "inputs">): [name: string, value: unknown] => {
  const name = DESTINATIONS.find((each) => inputs[each] !== undefined) ?? DESTINATIONS[0];
  return [name.charAt(0).toUpperCase() + name.slice(1), inputs[name]];
};

const route: Resource = {
  service: "ec2",
  replace: ["routeTableId", ...DESTINATIONS],
  create: {
    operation: "CreateRoute",
    id: (_, { inputs }) => `r-${text(inputs.routeTableId)}-${String(destination({ inputs })[1])}`,
  },
  settings: [
    {
      of: ["gatewayId", "natGatewayId"],
      when: "update",
      operation: "ReplaceRoute",
      params: ({ inputs: { routeTableId, gatewayId, natGatewayId, ...rest } }) => ({
        ...{ RouteTableId: routeTableId, GatewayId: gatewayId, NatGatewayId: natGatewayId },
        ...Object.fromEntries([destination({ inputs: rest })]),
      }),
    },
  ],
  read: [
    {
      operation: "DescribeRouteTables",
      params: ({ inputs, state }) => ({
        RouteTableIds: [inputs.routeTableId ?? state.routeTableId],
      }),
      pick: (answer, { inputs, state }) => {
        const [name, value] = destination({ inputs: { ...state, ...inputs } });
        const routes = at(answer, "RouteTables.0.Routes") as Params[] | undefined;
        const found = routes?.find((each) => each[name] === value);
        return found && { ...found, RouteTableId: at(answer, "RouteTables.0.RouteTableId") };
      },
    },
  ],
  remove: [
    {
      operation: "DeleteRoute",
      params: ({ state }) => ({
        RouteTableId: state.routeTableId,
        ...Object.fromEntries([destination({ inputs: state })]),
      }),
    },
  ],
};

const routeTableAssociation: Resource = {
  service: "ec2",
  replace: ["subnetId", "gatewayId"],
  create: { operation: "AssociateRouteTable", id: (answer) => text(answer.AssociationId) },
  read: [
    {
      operation: "DescribeRouteTables",
      params: ({ id }) => ({
        Filters: [{ Name: "association.route-table-association-id", Values: [id] }],
      }),
      pick: (answer, { id }) =>
        (at(answer, "RouteTables.0.Associations") as Params[] | undefined)?.find(
          (each) => each.RouteTableAssociationId === id,
        ),
    },
  ],
  remove: [{ operation: "DisassociateRouteTable", params: ({ id }) => ({ AssociationId: id }) }],
};

const changedIds = (input: string, add: string, remove: string) => ({
  of: [input],
  when: "update" as const,
  operation: "ModifyVpcEndpoint",
  params: ({ id, inputs, state }: At) => {
    const [now, was] = [(inputs[input] ?? []) as string[], (state[input] ?? []) as string[]];
    return {
      VpcEndpointId: id,
      [add]: now.filter((each) => !was.includes(each)),
      [remove]: was.filter((each) => !now.includes(each)),
    };
  },
});

const vpcEndpoint: Resource = {
  service: "ec2",
  defaults: { vpcEndpointType: "Gateway" },
  replace: ["vpcId", "serviceName", "vpcEndpointType"],
  names: { tags: specified("vpc-endpoint"), policy: "PolicyDocument" },
  json: ["policy"],
  create: {
    operation: "CreateVpcEndpoint",
    id: (answer) => text(at(answer, "VpcEndpoint.VpcEndpointId")),
  },
  settings: [
    changedIds("routeTableIds", "AddRouteTableIds", "RemoveRouteTableIds"),
    changedIds("subnetIds", "AddSubnetIds", "RemoveSubnetIds"),
    changedIds("securityGroupIds", "AddSecurityGroupIds", "RemoveSecurityGroupIds"),
  ],
  read: [
    {
      operation: "DescribeVpcEndpoints",
      params: ({ id }) => ({ VpcEndpointIds: [id] }),
      pick: "VpcEndpoints.0",
    },
  ],
  outputs: (data, place) => ({
    ...arnOf("vpc-endpoint")(data, place),
    securityGroupIds: ((data.Groups ?? []) as Params[]).map(({ GroupId }) => GroupId),
  }),
  remove: [{ operation: "DeleteVpcEndpoints", params: ({ id }) => ({ VpcEndpointIds: [id] }) }],
};

export const EC2: Record<string, Resource> = {
  "aws:ec2/vpc:Vpc": vpc,
  "aws:ec2/subnet:Subnet": subnet,
  "aws:ec2/internetGateway:InternetGateway": internetGateway,
  "aws:ec2/routeTable:RouteTable": routeTable,
  "aws:ec2/route:Route": route,
  "aws:ec2/routeTableAssociation:RouteTableAssociation": routeTableAssociation,
  "aws:ec2/vpcEndpoint:VpcEndpoint": vpcEndpoint,
};
