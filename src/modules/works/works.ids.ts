import { definePrefix } from "../../platform/ids/ids.js";

export const workPrefix = definePrefix("work");
