// Projects are folders for videos and tasks. This module does not import videos or tasks: their rows refer to the
// project. Guarantee: a deleted project is gone immediately, even if rows still refer to it.

export { projectChecks } from "./projects.checks.js";
export { Project, projectFieldColumns } from "./projects.graphql.js";
export { projectPrefix } from "./projects.ids.js";
export { isLiveProject, ownsProject } from "./projects.repository.js";
export { ProjectsService } from "./projects.service.js";
