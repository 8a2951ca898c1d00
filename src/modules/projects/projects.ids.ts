import { definePrefix } from "../../platform/ids/ids.js";

export const projectPrefix = definePrefix("project");
