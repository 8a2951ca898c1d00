import { definePrefix } from "../../platform/ids/ids.js";

export const userPrefix = definePrefix("user");
