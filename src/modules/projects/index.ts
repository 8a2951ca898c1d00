// Projects are the folders that users keep their videos in. They know no video: what is in one says
// so itself. It promises that a deleted project is none at once, whatever still points to it.

export { projectChecks } from "./projects.checks.js";
export { Project, projectFieldColumns } from "./projects.graphql.js";
export { projectPrefix } from "./projects.ids.js";
export { isLiveProject, ownsProject } from "./projects.repository.js";
export { ProjectsService } from "./projects.service.js";
