import { findOwn } from "../../platform/graphql/node-registry.js";
import type { Module, ModuleContext } from "../module.js";
import { projectPrefix } from "./projects.ids.js";
import { ProjectsResolver } from "./projects.resolver.js";
import { ProjectsService } from "./projects.service.js";

export function createProjectsModule(context: ModuleContext) {
  const service = new ProjectsService(context);
  return {
    service,
    resolvers: [new ProjectsResolver(service)],
    nodes: [{ prefix: projectPrefix, find: findOwn(service.loadByIds) }],
  } satisfies Module & { service: ProjectsService };
}
