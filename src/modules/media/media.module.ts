import { findOwn } from "../../platform/graphql/node-registry.js";
import type { Module, ModuleContext } from "../module.js";
import { mediaPrefix } from "./media.ids.js";
import { MediaResolver } from "./media.resolver.js";
import { MediaService } from "./media.service.js";
import { mediaJobs } from "./media-job-handlers.js";
import { UserAvatarResolver } from "./user-avatar.resolver.js";

export function createMediaModule(context: ModuleContext<{ AI_LABELS: "on" | "off" }>) {
  const service = new MediaService(context);
  return {
    service,
    resolvers: [new MediaResolver(service), new UserAvatarResolver(service)],
    nodes: [{ prefix: mediaPrefix, find: findOwn(service.loadByIds) }],
    jobs: mediaJobs(service),
  } satisfies Module & { service: MediaService };
}
