import { quickImports } from "./quick-imports.js";

const [{ createProgram }, { fail }] = await Promise.all([import("./program.js"), import("./fail.js")]);
quickImports.deregister();
await createProgram().parseAsync().catch(fail);
