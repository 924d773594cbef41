/** Which calls of AWS's API the provider makes of a network's inputs. */
import { MAPPINGS, type Mapping, TOKEN, filter, tagged, tags } from "../mappings.ts";
import { capitalized } from "./rename.ts";

const named = (kind: string) => ({ tags: tagged(kind) });
export const NETWORK_MAPPINGS: Record<string, Mapping> = {
  "aws:index/getAvailabilityZones:getAvailabilityZones": {
    service: "ec2",
    calls: {
      DescribeAvailabilityZones: {
        inputs: {
          state: filter("state"),
          filters: (found: { name: string; values: string[] }[]) => ({
            Filters: found.map(({ name, values }) => ({ Name: name, Values: values })),
          }),
        },
      },
    },
  },
  "aws:ec2/vpc:Vpc": {
    service: "ec2",
    calls: {
      CreateVpc: {
        inputs: {
          cidrBlock: "CidrBlock",
          assignGeneratedIpv6CidrBlock: "AmazonProvidedIpv6CidrBlock",
          ...named("vpc"),
        },
      },
      ModifyVpcAttribute: {
        inputs: {
          enableDnsSupport: "EnableDnsSupport.Value",
          enableDnsHostnames: "EnableDnsHostnames.Value",
        },
        adds: { VpcId: "vpc-0123456789abcdef0" },
      },
    },
  },
  "aws:ec2/subnet:Subnet": {
    service: "ec2",
    calls: {
      CreateSubnet: {
        inputs: {
          ...capitalized("vpcId", "availabilityZone", "cidrBlock", "ipv6CidrBlock"),
          ...named("subnet"),
        },
      },
      ModifySubnetAttribute: {
        inputs: { mapPublicIpOnLaunch: "MapPublicIpOnLaunch.Value" },
        adds: { SubnetId: "subnet-0123456789abcdef0" },
      },
    },
  },
  "aws:ec2/internetGateway:InternetGateway": {
    service: "ec2",
    calls: {
      CreateInternetGateway: { inputs: named("internet-gateway") },
      AttachInternetGateway: {
        inputs: { vpcId: "VpcId" },
        adds: { InternetGatewayId: "igw-0123456789abcdef0" },
      },
    },
  },
  "aws:ec2/routeTable:RouteTable": {
    service: "ec2",
    calls: {
      CreateRouteTable: { inputs: { vpcId: "VpcId", ...named("route-table") }, adds: TOKEN },
    },
  },
  "aws:ec2/route:Route": {
    service: "ec2",
    calls: {
      CreateRoute: {
        inputs: capitalized(
          ...["routeTableId", "destinationCidrBlock", "destinationIpv6CidrBlock", "gatewayId"],
          "natGatewayId",
        ),
      },
    },
  },
  "aws:ec2/routeTableAssociation:RouteTableAssociation": {
    service: "ec2",
    calls: { AssociateRouteTable: { inputs: capitalized("routeTableId", "subnetId") } },
  },
  "aws:ec2/natGateway:NatGateway": {
    service: "ec2",
    calls: {
      CreateNatGateway: {
        inputs: { ...capitalized("allocationId", "subnetId"), ...named("natgateway") },
        adds: TOKEN,
      },
    },
  },
  "aws:ec2/vpcEndpoint:VpcEndpoint": {
    service: "ec2",
    calls: {
      CreateVpcEndpoint: {
        inputs: {
          ...capitalized("vpcId", "serviceName", "vpcEndpointType", "privateDnsEnabled"),
          ...{ routeTableIds: "RouteTableIds", subnetIds: "SubnetIds" },
          securityGroupIds: "SecurityGroupIds",
          ...named("vpc-endpoint"),
        },
        adds: TOKEN,
      },
    },
  },
  "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": {
    service: "ec2",
    calls: {
      DescribeSecurityGroups: {
        inputs: { vpcId: filter("vpc-id") },
        adds: { Filters: [{ Name: "group-name", Values: ["default"] }] },
      },
      CreateTags: {
        inputs: { tags },
        adds: { Resources: ["sg-0123456789abcdef0"] },
      },
    },
    kept: { ingress: "none: those that are there are revoked", egress: "as ingress" },
  },
  ...Object.fromEntries(
    [
      ...["aws:ec2/eip:Eip", "aws:ec2/securityGroup:SecurityGroup"],
      "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
      "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
    ].map((type) => [type, MAPPINGS[type] as Mapping]),
  ),
};
