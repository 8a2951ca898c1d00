import { definePrefix } from "../../platform/ids/ids.js";

export const mediaPrefix = definePrefix("media");
