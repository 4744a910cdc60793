/** Webhook bodies as the platforms document them; Cloudflare's and Qovery's in their documented shape with values of ours. */
import type { Json } from "../../src/model/value.ts";

/** Guide "Configure notification integrations", request format. */
export const northflankBuildStart = {
  event: "build:start",
  data: {
    build: {
      id: "social-hour-1312",
      branch: "master",
      pullRequestId: null,
      status: "STARTING",
      sha: "ca624abed0d5ba0ad6e6fe28c396196b81f0200d",
      concluded: false,
      createdAt: "2022-01-19T09:04:40.916Z",
    },
    service: { id: "website", name: "Website" },
    project: { id: "personal-blog", name: "Personal Blog" },
    user: { id: "thomas" },
  },
};

/** Page "Notifications", data sent to the webhook endpoint. */
export const scalingoDeployment = {
  id: "54dcdd4a73636100011a0000",
  created_at: "2015-02-12T18:05:14.226+01:00",
  user: { username: "johndoe", email: "john@doe.com", id: "51e6bc626edfe40bbb000001" },
  app_id: "5343eccd646173000a140000",
  app_name: "appname",
  type: "deployment",
  type_data: {
    deployment_id: "5343eccd646aa3012a140230",
    pusher: "johndoe",
    git_ref: "0123456789abcdef",
    status: "success",
    duration: 40,
  },
};

export const qoveryFailure = {
  created_at: "2026-03-04T05:06:07Z",
  event_type: "DEPLOYMENT_FAILURE",
  payload_type: "DEPLOYMENT",
  payload_id: "6f1f2c9e-0c3b-4a63-9d0e-0a4ad4c0a001",
  payload: {
    id: "6f1f2c9e-0c3b-4a63-9d0e-0a4ad4c0a001",
    current_status: "BUILD_ERROR",
    desired_status: "DEPLOYED",
    organization: { id: "3c90c3cc-0d44-4b50-8888-8dd25736052a", name: "Acme" },
    project: { id: "0d3d9a4e-5c1e-4f4f-8b39-33f9e6a3c002", name: "Product-Shop" },
    environment: { id: "e7a5a3f1-61ac-4a39-a7b0-8a4c54d4c003", name: "main", mode: "PRODUCTION" },
    applications: [],
    databases: [],
    containers: [],
    jobs: [],
    logs: [],
  },
};

export const cloudflareHealthCheck = {
  account_id: "023e105f-4ece-f8ad-9ca3-1a8372d0c353",
  alert_correlation_id: "5d3f7a0be01e4c1ab9a4fd2e6c7a0004",
  alert_event: "ALERT_STATE_EVENT_START",
  alert_type: "health_check_status_notification",
  data: {
    account_name: "Acme",
    account_tag: "023e105f4ecef8ad9ca31a8372d0c353",
    health_check_id: "5d3f7a0be01e4c1ab9a4fd2e6c7a0005",
    health_check_name: "shop",
    new_status: "unhealthy",
    old_status: "healthy",
    origin_ip: "192.0.2.7",
    reason: "HTTP timeout occurred",
    status_change_time: "2026-03-04T05:06:07Z",
    zone_name: "shop.example",
    zone_tag: "5d3f7a0be01e4c1ab9a4fd2e6c7a0006",
  },
  name: "On call",
  policy_id: "5d3f7a0be01e4c1ab9a4fd2e6c7a0007",
  policy_name: "Shop is down",
  text: "Health check shop is unhealthy.",
  ts: 1772600767,
};

export const bellhopRaw = {
  id: "01J0",
  type: "build:start",
  timestamp: "2026-03-04T05:06:07Z",
  project: "web-shop",
  environment: null,
  data: { a: 1 },
};

export const cloudEvent = {
  specversion: "1.0",
  id: "A234-1234-1234",
  source: "/ci",
  type: "com.example.deployed",
  subject: "shop",
  time: "2026-03-04T05:06:07Z",
  datacontenttype: "application/json",
  project: "web-shop",
  environment: "production",
  data: { message: "Shop 1.2 is out" },
};

export const documented: readonly { claimedBy: string; body: Json }[] = [
  { claimedBy: "northflank", body: northflankBuildStart },
  { claimedBy: "scalingo", body: scalingoDeployment },
  { claimedBy: "qovery", body: qoveryFailure },
  { claimedBy: "cloudflare", body: cloudflareHealthCheck },
  { claimedBy: "bellhop", body: bellhopRaw },
];
