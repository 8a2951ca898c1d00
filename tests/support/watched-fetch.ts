import { watchFetch } from "./secret-watch.js";

watchFetch();
