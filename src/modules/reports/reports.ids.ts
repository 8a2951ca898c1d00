import { definePrefix } from "../../platform/ids/ids.js";

export const reportPrefix = definePrefix("report");
